"""Scenes of digits in many looks, to train on: light on dark and ink on paper, on any ground."""

from collections.abc import Callable
from typing import Any

import numpy as np

from netkit.detection.preparation import MIDDLE, ink
from netkit.plugins.scenes.digit_scenes import DigitScenes
from netkit.plugins.scenes.drawing import draw_clutter, draw_digit, draw_texture
from netkit.plugins.scenes.surfaces import softened
from netkit.plugins.scenes.textures import draw_ground, noise
from netkit.scenes import Scene
from netkit.types import Array

NOBODY = np.zeros((0, 4)), np.zeros(0, np.int64)  # boxes and classes where there is no digit
PLAIN, DARK, PAPER, NONE = range(4)
GIVEN = 0.65  # of the grounds without digits: shares of `grounds`, where there are some


class DigitLooks(DigitScenes):
    """Digits as `DigitScenes` draws them, and in other looks; as a detector sees them, inverted.

    plain: share of the scenes that look as digit_scenes; none: share that shows no digit at all,
    but a ground of 0 to 255; of the rest, one half is light on a dark ground of texture, the other
    ink on paper that is shaded, has a grain, lines and stains. Strokes are thinner or thicker, and
    blurred. What is light, is inverted as `netkit detect invert=auto` does.  grounds: gives another
    ground (H, W) of 0 to 255, for two of three scenes without digits; the rest are made.
    """

    def __init__(
        self,
        *,
        plain: float = 0.4,
        none: float = 0.25,
        grounds: Callable[[np.random.Generator], Array] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        rest = (1 - plain - none) / 2
        self.shares = plain, rest, rest, none
        self.grounds = grounds
        self.stroke = 0.0  # of the scene that is being drawn

    def scene(self, number: int) -> Scene:
        rng = np.random.default_rng([self.seed, number])
        look = int(rng.choice(4, p=self.shares))
        self.stroke = 0.0
        if look == PLAIN:
            return super().scene(number)
        if look == NONE:
            return Scene(f"ground{number:05d}", prepared(self.ground(rng)), *NOBODY)
        self.stroke = rng.uniform(-0.8, 0.8)
        boxes, labels, strokes = self.place(rng)
        strokes = softened(strokes, rng.uniform(0, 0.9))
        canvas = (self.on_dark if look == DARK else self.on_paper)(strokes, boxes, rng)
        canvas = canvas + rng.normal(0, 1, self.size) * (20 * rng.uniform() ** 2)
        return Scene(f"scene{number:05d}", prepared(canvas), boxes, labels)

    def ground(self, rng: np.random.Generator) -> Array:
        """Return a ground (H, W) of 0 to 255 of any kind, on which no digit is."""
        given = self.grounds is not None and rng.uniform() < GIVEN
        return self.grounds(rng) if given and self.grounds else draw_ground(self.size, rng)

    def on_dark(self, strokes: Array, boxes: Array, rng: np.random.Generator) -> Array:
        """Return digits, 0 to 255, light on a dark ground."""
        ground = draw_ground(self.size, rng)
        ground = ground * (rng.uniform(0.1, 0.55))
        light = rng.uniform(200, 255)
        cover = strokes / 255
        clutter = draw_clutter(self.size, self.clutter, boxes, least=self.long, rng=rng) / 255
        cover = np.maximum(cover, clutter)
        return np.maximum(ground, ground + (light - ground) * cover)

    def on_paper(self, strokes: Array, boxes: Array, rng: np.random.Generator) -> Array:
        """Return digits in ink on paper."""
        height, width = self.size
        paper = np.full(self.size, rng.uniform(150, 255), np.float32)
        down = np.linspace(-0.5, 0.5, height, dtype=np.float32)[:, None] * rng.normal()
        across = np.linspace(-0.5, 0.5, width, dtype=np.float32) * rng.normal()
        paper *= 1 - rng.uniform(0, 0.35) * np.clip(down + across, -1, 1)
        paper -= draw_texture(self.size, rng.uniform(0, 60), rng)
        if rng.uniform() < 0.5:
            paper -= rng.uniform(0, 25) * noise(self.size, rng) / 255
        cover = strokes / 255
        clutter = draw_clutter(self.size, self.clutter, boxes, least=self.long, rng=rng) / 255
        cover = np.maximum(cover, clutter)
        if rng.uniform() < 0.3:  # ruled or squared paper
            step, faint = int(rng.integers(12, 60)), rng.uniform(0.03, 0.25)
            rules = np.zeros(self.size, np.float32)
            rules[int(rng.integers(step)) :: step] = faint
            if rng.uniform() < 0.5:
                rules[:, int(rng.integers(step)) :: step] = faint
            cover = np.maximum(cover, rules)
        dark = rng.uniform(0, 70)
        return paper + (np.minimum(dark, paper) - paper) * cover

    def drawn(self, k: int, side: int, rng: np.random.Generator) -> Array:
        return draw_digit(weighted(self.samples.images[k, 0], self.stroke), side, self.distort, rng)


def prepared(canvas: Array) -> Array:
    """Return a picture (H, W) as a detector with invert=auto sees it: (1, H, W) of uint8."""
    image = np.clip(canvas, 0, 255)[None]
    return (ink(image) if np.median(image) > MIDDLE else image).astype(np.uint8)


def weighted(image: Array, stroke: float) -> Array:
    """Return a digit (28, 28) with strokes that are thicker (stroke > 0) or thinner (< 0)."""
    from PIL import Image, ImageFilter

    picture = Image.fromarray(image)
    other = picture.filter(ImageFilter.MaxFilter(3) if stroke > 0 else ImageFilter.MinFilter(3))
    share = abs(stroke) if stroke > 0 else 0.6 * abs(stroke)
    return np.asarray(Image.blend(picture, other, share))

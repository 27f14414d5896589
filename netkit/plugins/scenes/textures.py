"""Textures: made pictures (H, W) of grey levels 0 to 255 that no digit is in."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from netkit.plugins.scenes.surfaces import cells, glows, grain, spread, tubes
from netkit.types import Array

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

LETTERS = "AEFHKMNPRTVWXaehkmnrtvwx"  # none that a digit is like, as O, I, l, S, Z, B, b, g, q, y
LEAVES = 40, 400  # from how many to how many shapes lie on one another


def draw_ground(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return a made picture (height, width) of 0 to 255 without digits, of a kind by chance."""
    kinds: tuple[Callable[..., Array], ...] = (leaves, leaves, noise, gratings, letters, blobs)
    kinds += grain, cells, tubes, glows
    picture = kinds[int(rng.integers(len(kinds)))](size, rng)
    if rng.uniform() < 0.25:  # two on one another
        other = kinds[int(rng.integers(len(kinds)))](size, rng)
        share = rng.uniform(0.2, 0.8)
        picture = share * picture + (1 - share) * other
    low, high = np.sort(rng.uniform(0, 255, 2)).tolist()
    if rng.uniform() < 0.5:
        low, high = 0.3 * low, 255 - 0.3 * (255 - high)
    ground: Array = low + (high - low) * picture / 255
    if rng.uniform() < 0.5:
        ground = ground + rng.normal(0, rng.uniform(0, 12), size)
    return np.clip(ground, 0, 255).astype(np.float32)


def leaves(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return shapes of all sizes that lie on one another, as things in photographs do.

    The dead leaves model (Matheron 1968; Lee, Mumford & Huang 2001): radii are drawn from 1/r³.
    """
    from PIL import Image, ImageDraw, ImageFilter

    height, width = size
    picture = Image.new("L", (width, height), int(rng.integers(256)))
    draw = ImageDraw.Draw(picture)
    count = int(np.exp(rng.uniform(*np.log(LEAVES))))
    least = rng.uniform(2, 12)
    most = rng.uniform(40, max(height, width) / 2)
    u = rng.uniform(size=count)
    radii = (least**-2 - u * (least**-2 - most**-2)) ** -0.5
    for r in np.sort(radii)[::-1] if rng.uniform() < 0.5 else radii:
        leaf(draw, rng.uniform(0, width), rng.uniform(0, height), float(r), rng)
    soft = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0, 1.5)))
    pixels: Array = np.asarray(soft, np.float32)
    if rng.uniform() < 0.5:  # each surface has a grain
        pixels = pixels * (1 - rng.uniform(0, 0.4) * noise(size, rng) / 255)
    return pixels


def leaf(draw: "ImageDraw", x: float, y: float, r: float, rng: np.random.Generator) -> None:
    """Draw one shape of radius r around a place: an ellipse, a polygon or a bar."""
    ink = int(rng.integers(256))
    edge = int(rng.integers(256)) if rng.uniform() < 0.2 else ink
    angle = rng.uniform(0, 2 * np.pi)
    kind = rng.integers(3)
    if kind == 0:
        flat = r * rng.uniform(0.4, 1)
        draw.ellipse((x - r, y - flat, x + r, y + flat), fill=ink, outline=edge)
        return
    corners = int(rng.integers(3, 9))
    turns = angle + np.sort(rng.uniform(0, 2 * np.pi, corners))
    far = r * rng.uniform(0.5, 1, corners)
    if kind == 2:
        thin = rng.uniform(0.05, 0.4)
        turns = angle + np.array([-thin, thin, np.pi - thin, np.pi + thin])
        far = np.full(4, r)
    points = np.stack([x + far * np.cos(turns), y + far * np.sin(turns)], 1)
    draw.polygon([tuple(p) for p in points.tolist()], fill=ink, outline=edge)


def noise(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return noise whose power falls with frequency as 1/f^a, a from 0.8 to 3, also stretched."""
    fy = np.fft.fftfreq(size[0])[:, None] * np.exp(rng.uniform(-1, 1))
    fx = np.fft.rfftfreq(size[1]) * np.exp(rng.uniform(-1, 1))
    frequency = np.maximum(np.hypot(fy, fx), 1 / max(size))
    spectrum = frequency ** (-rng.uniform(0.8, 3) / 2 - 0.5 * rng.integers(2))
    phases = np.exp(2j * np.pi * rng.uniform(size=spectrum.shape))
    return spread(np.fft.irfft2(spectrum * phases, size))


def gratings(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return one to four gratings, bricks among them: hard or soft, straight or bent."""
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    total = np.zeros(size, np.float32)
    for _ in range(int(rng.integers(1, 5))):
        angle, period = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(4), np.log(80)))
        bend = rng.uniform(-6, 6) * np.sin(y / rng.uniform(8, 60))
        wave = np.sin(
            2 * np.pi * ((x + bend) * np.cos(angle) + y * np.sin(angle)) / period
            + rng.uniform(0, 6.28)
        )
        hard = np.exp(rng.uniform(0, 3))
        total += rng.uniform(0.2, 1) * np.tanh(hard * (wave + rng.uniform(-0.9, 0.9)))
    return spread(total)


def letters(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return letters that are like no digit, of any size, turned and in lines, light on dark."""
    from PIL import Image, ImageDraw, ImageFont

    height, width = size
    whole = Image.new("L", (width, height), int(rng.integers(0, 60)))
    for _ in range(int(rng.integers(1, 10))):
        tall = int(np.exp(rng.uniform(np.log(14), np.log(110))))
        count = int(rng.integers(1, 9))
        text = "".join(LETTERS[k] for k in rng.integers(len(LETTERS), size=count))
        font = ImageFont.load_default(tall)
        left, top, right, bottom = (int(v) for v in font.getbbox(text))
        page = Image.new("L", (right - left + 4, bottom - top + 4))
        thick = int(rng.integers(0, 1 + tall // 24))
        ImageDraw.Draw(page).text((2 - left, 2 - top), text, 255, font, stroke_width=thick)
        page = page.rotate(rng.normal(0, 12), expand=True)
        place = (
            int(rng.integers(-page.width // 2, width)),
            int(rng.integers(-page.height // 2, height)),
        )
        whole.paste(int(rng.integers(100, 256)), place, page)
    return np.asarray(whole, np.float32)


def blobs(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return spots and short strokes, blurred a little: cells, leaves of grass, hair, stars."""
    from PIL import Image, ImageDraw, ImageFilter

    height, width = size
    picture = Image.new("L", (width, height), int(rng.integers(0, 120)))
    draw = ImageDraw.Draw(picture)
    long = rng.uniform(1, 40)
    lean, spread = rng.uniform(0, np.pi), rng.uniform(0, 1.6)
    for _ in range(int(np.exp(rng.uniform(np.log(20), np.log(900))))):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        angle, half = rng.normal(lean, spread), rng.uniform(0, long)
        dx, dy = half * np.cos(angle), half * np.sin(angle)
        middle = x + rng.normal(0, 2), y + rng.normal(0, 2)
        line = (x - dx, y - dy, *middle, x + dx, y + dy)
        draw.line(line, fill=int(rng.integers(256)), width=int(rng.integers(1, 7)), joint="curve")
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.5))), np.float32)

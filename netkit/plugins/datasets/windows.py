"""Windows of annotated pictures: objects in boxes, and background, to train a detector on."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from netkit.annotations import read_annotated
from netkit.checks import Amount, Count, Number, Pair, ShareBelow1, Whole
from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.overview.data import sizes_text
from netkit.scenes import Scene
from netkit.windows.annotated import AnnotatedScenes, hints, known_objects
from netkit.windows.cutting import Plan
from netkit.windows.framing import Framing, fitting_size, parts
from netkit.windows.pictures import Grounds, channels_of, largest_of
from netkit.windows.window_set import WindowSet

log = logging.getLogger("netkit")
OBJECTS = 0.4  # share of the windows that show an object
MISSES = 0.25  # and of those that show one off the centre, too large or too small
SPARE = 1.15  # times the windows that are needed: some of background turn out to show an object
RANGE = 0.8, 1.25  # times the smallest and the largest window of an object: the reach of background


class Windows(WindowSet):
    """Windows of annotated pictures, in the classes of their boxes and background.

    root: a folder of pictures with COCO JSON, Pascal VOC XML or YOLO txt, or a COCO file. Where it
    names no pictures to test on, `val_share` of them serve. An object's window is its box, made as
    wide or as high as the window's proportions ask, with `margin` of that more on each side: no
    object is distorted, and `netkit detect` gives back boxes of its class's own proportions.
    size: (height, width) of windows; null: the median proportions of the boxes, and 28 pixels the
    shorter side.  channels: 1 grey, 3 colour; auto: grey if no picture has a colour.

    The windows of objects are moved by up to `shift` of their size and scaled by up to exp(`scale`)
    either way; a class with few boxes is shown more often, by the square root of how few. Windows
    of background are beside objects, too large or too small, anywhere in their pictures, and
    anywhere in those of `background`, a folder of pictures without objects and the folders in it.
    smallest: boxes with a shorter side, in pixels, are neither learnt nor background.

    Each iteration trains on train_size new windows, from (seed, iteration) alone.  bootstrap: the
    net is run over whole pictures `rounds` times, evenly over the run, and what it gets wrong takes
    the place of some of the windows (EBLearn's bootstrapping).
    """

    def __init__(
        self,
        root: str | Path | None = None,
        train_size: Count = 10000,
        val_size: Count = 2000,
        *,
        size: Pair | None = None,
        channels: Literal[1, 3, "auto"] = "auto",
        margin: Amount = 0.1,
        shift: Amount = 0.075,
        scale: Amount = 0.12,
        smallest: Amount = 4.0,
        background: str | Path | None = None,
        val_share: ShareBelow1 = 0.2,
        bootstrap: bool = False,
        rounds: Count = 2,
        seed: Whole = 0,
        bias: Number = 0.0,
        coeff: Number = 0.01,
    ) -> None:
        if root is None:
            raise NetkitError(
                "data=windows root=null: name the folder of annotated pictures, root=DIR"
            )
        found = read_annotated(root, share=val_share)
        for note in found.notes:
            log.warning(note)
        train, val = found.parts["train"], found.parts["val"]
        if not val:
            log.warning("root=%s: no picture is left to test on: those to train on serve", root)
            val = train
        boxes, labels = known_objects(train, smallest, root)
        framing = Framing(size or fitting_size(boxes), margin)
        self.shift = shift
        self.scale = scale
        self.sizes = {"train": train_size, "val": val_size, "mine": train_size}
        paths = [row.path for row in train]
        check_size(framing, largest_of(paths))
        number = channels_of(paths) if channels == "auto" else channels
        self.parts = {
            "train": AnnotatedScenes(train, smallest, number),
            "val": AnnotatedScenes(val, smallest, number),
        }
        self.parts["mine"] = self.parts["train"]
        self.mined_scenes = min(self.mined_scenes, len(train))
        self.grounds = Grounds(background, number) if background else None
        heights = parts(framing.windows(boxes))[1][:, 1]
        self.reach = RANGE[0] * float(heights.min()), RANGE[1] * float(heights.max())
        counts = np.bincount(labels, minlength=len(found.classes))
        self.often = np.maximum(counts, 1) ** -0.5  # of objects of each class, relatively
        super().__init__(
            found.classes,
            framing,
            channels=number,
            train_size=train_size,
            val_size=val_size,
            bootstrap=bootstrap,
            rounds=rounds,
            seed=seed,
            bias=bias,
            coeff=coeff,
        )
        kind = f"{found.kind}: {len(boxes):,} boxes on {len(train):,} pictures to train on"
        self.notes = [("windows", f"of {kind}")]
        for k, name in enumerate(found.classes):
            sides = (boxes[:, 2:] - boxes[:, :2])[labels == k]
            text = f"{printable(name)}: {len(sides):,}, {sizes_text(sides)} pixels"
            self.notes.append(("", text))
        self.looking = hints(train, framing, boxes, labels, classes=found.classes)

    def scenes(self, purpose: str, rng: np.random.Generator) -> Iterator[Scene]:
        scenes = self.parts[purpose]
        while True:
            for k in rng.permutation(len(scenes)):
                yield scenes[int(k)]
                if self.grounds:
                    yield self.grounds.scene(rng)

    def plan(self, purpose: str) -> Plan:
        scenes, size = self.parts[purpose], SPARE * self.sizes[purpose]
        counts = scenes.counts(len(self.often))
        total = float((counts * self.often).sum())
        pictures = len(scenes) * (2 if self.grounds else 1)
        rest = 1 - OBJECTS - MISSES if total else 1
        return Plan(
            copies=OBJECTS * size * self.often / max(total, 1e-12),
            misses=MISSES / OBJECTS,
            anywhere=max(1.0, rest * size / pictures),
            shift=self.shift,
            scale=self.scale,
            reach=self.reach,
        )


def check_size(framing: Framing, largest: tuple[int, int]) -> None:
    """Raise NetkitError for windows that are larger than every picture, (height, width)."""
    height, width = framing.size
    if height > largest[0] or width > largest[1]:
        raise NetkitError(
            f"size={[height, width]}: larger than the largest picture, {largest[0]} pixels high "
            f"and {largest[1]} wide: give smaller windows, size=[28,28]"
        )

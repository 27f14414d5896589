"""Whole pictures with boxes, from annotations as COCO, Pascal VOC and YOLO have them."""

import logging
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netkit.annotations import Annotation, read_annotated
from netkit.checks import Count, Number, Pair, ShareBelow1, Whole
from netkit.dataset import Dataset, as_ignored
from netkit.detection.boxes import clip
from netkit.detection.front import pad
from netkit.detection.pyramid import FIT, Pyramid, Size
from netkit.errors import NetkitError
from netkit.files.decoding import Channels
from netkit.files.images import decode_image, resize
from netkit.files.text import printable
from netkit.types import Array

log = logging.getLogger("netkit")
PIXELS = 240 * 320  # of the size that is taken where none is given
STEP = 16  # pixels: its height and width are multiples of this
IN_MEMORY = 1 << 30  # bytes: what is larger is kept in a file, and mapped
SMALL = 20  # pixels a side: things should not be smaller
LARGE = 96  # pixels of the longer side: of more, a cell of arch=finder sees a part
LEAST = 1.0  # pixels a side: a box that becomes smaller than this is left out


class Picture(NamedTuple):
    """A picture as the net is to see it: pixels (3, H, W), whether grey, and its boxes (n, 5)."""

    pixels: Array
    grey: bool
    boxes: Array


class Boxes(Dataset):
    """Pictures with boxes around what they show: a folder with COCO, Pascal VOC or YOLO files.

    root: the folder, or a COCO file.  size: [height, width] that pictures are brought to, whole,
    with zeros beside them; null: of the proportions of the median picture, about 320 x 240 pixels,
    and not larger than it unless a fifth of its things would be less than 20 pixels a side; smaller
    if a fifth of them would be more than 96 pixels long, as far as that leaves the others so large.
    channels: 1 grey, 3 colour; auto: grey if no picture has a colour.  val_share: of the pictures,
    to test on, where the folder has no such part.  train_size, val_size: the first so many of each.

    Boxes that are marked difficult (Pascal VOC) or as a crowd (COCO) are neither learnt nor
    background, and are not counted in tests.

    Pictures are held in memory, in bytes, and their boxes, for each as many as any picture has:
    more than a gigabyte of either in a temporary file.
    """

    boxes = True

    def __init__(
        self,
        root: str | Path | None = None,
        size: Pair | None = None,
        channels: Channels = "auto",
        *,
        val_share: ShareBelow1 = 0.2,
        train_size: Count | None = None,
        val_size: Count | None = None,
        seed: Whole = 0,
        threads: Count | None = None,
        bias: Number = 0.0,
        coeff: Number = 0.01,
    ) -> None:
        if not root:
            raise NetkitError(
                "root=null: name the folder that holds pictures and their boxes, root=DIR: COCO, "
                "Pascal VOC or YOLO; docs/detect.md"
            )
        folder = read_annotated(root, share=val_share, seed=seed)
        for note in folder.notes:
            log.warning("%s", note)
        rows = folder.parts["train"][:train_size], folder.parts.get("val", [])[:val_size]
        if not sum(len(row.boxes) for row in rows[0]):
            raise NetkitError(
                f"root={root}: there is no box in its {len(rows[0])} pictures to train on: "
                "annotate some, or see what is read: netkit data show DIR"
            )
        size = size or usual_size(rows[0])
        train, val = (read_part(part, size, channels, threads) for part in rows)
        grey = channels == 1 or (channels == "auto" and train.grey and val.grey)
        if grey:
            train, val = (part._replace(images=part.images[:, :1]) for part in (train, val))
        super().__init__(train[:2], val[:2], folder.classes, bias, coeff)
        self.fitting = {"fit": "pad", "root": str(Path(root).resolve())}
        self.names = {"train": train.names, "val": val.names}

    def sample_names(self, part: str) -> list[str]:
        return self.names[part]


class Part(NamedTuple):
    """The pictures of a part (N, 3, H, W), labels (N, M, 5), whether all are grey, file names."""

    images: Array
    labels: Array
    grey: bool
    names: list[str]


def usual_size(rows: Sequence[Annotation]) -> Size:
    """Return the (height, width) for pictures whose size nobody gave."""
    sizes = [row.size for row in rows]
    aspect = float(np.exp(np.median([np.log(w / h) for w, h in sizes])))
    aspect = min(max(aspect, 1 / 4), 4)
    area = float(np.median([w * h for w, h in sizes]))
    boxes = np.concatenate([row.boxes for row in rows])
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 1)
    least = area * (SMALL / float(np.percentile(np.sqrt(sides.prod(1)), 20))) ** 2
    most = area * (LARGE / float(np.percentile(sides.max(1), 80))) ** 2
    pixels = min(PIXELS, max(area, least), max(most, least))
    height, width = sqrt(pixels / aspect), sqrt(pixels * aspect)
    up = [max(4, round(side / STEP)) * STEP for side in (height, width)]
    return up[0], up[1]


def read_part(
    rows: Sequence[Annotation], size: Size, channels: Channels, threads: int | None
) -> Part:
    """Return the pictures of a part at one size, with their boxes, read by several threads."""
    pictures = room((len(rows), 3, *size), np.uint8)
    boxes: list[Array] = []
    names, wrong, greys = [], [], True

    def read(row: Annotation) -> Picture | NetkitError:
        try:
            return fitted(row, size, channels)
        except NetkitError as error:
            return error

    with ThreadPoolExecutor(threads or os.cpu_count() or 1) as pool:
        for row, found in zip(rows, pool.map(read, rows), strict=True):
            if isinstance(found, NetkitError):
                wrong.append(str(found))
                continue
            pictures[len(boxes)] = found.pixels
            boxes.append(found.boxes)
            greys &= found.grey
            names.append(row.path.name)
    if wrong:
        log.warning("%d of %d pictures left out: %s", len(wrong), len(rows), printable(wrong[0]))
        if not boxes:
            raise NetkitError(f"none of {len(rows)} pictures can be read: {wrong[0]}")
    labels = room((len(boxes), max([1, *map(len, boxes)]), 5), np.float32)
    labels[:] = -1
    for k, some in enumerate(boxes):
        labels[k, : len(some)] = some
    return Part(pictures[: len(boxes)], labels, greys, names)


def room(shape: tuple[int, ...], dtype: type[np.generic]) -> Array:
    """Return an array of zeros, in memory or, if it is large, in a file."""
    if np.prod(shape, dtype=np.int64) * np.dtype(dtype).itemsize <= IN_MEMORY:
        return np.zeros(shape, dtype)
    with tempfile.TemporaryFile(prefix="netkit") as file:  # gone with the array
        return np.memmap(file, dtype, "w+", shape=shape)


def fitted(row: Annotation, size: Size, channels: Channels) -> Picture:
    """Return a picture brought to (height, width), as a detector of `size` brings it there."""
    image = decode_image(row.path, channels).pixels
    height, width = image.shape[1:]
    (scaled,) = Pyramid(size, FIT).sizes(height, width)
    small = resize(image, *scaled, quick=True)
    pixels, (top, left) = pad(small, size)
    down, across = scaled[0] / height, scaled[1] / width
    found, more = np.concatenate([row.boxes, row.ignored.boxes]), row.ignored
    sides = clip(found, (height, width)) * (across, down, across, down)
    sides += (left, top, left, top)
    kinds = np.concatenate([row.labels, as_ignored(more.labels, more.crowds)])
    boxes = np.concatenate([kinds[:, None], sides], axis=1)
    boxes = boxes[((sides[:, 2:] - sides[:, :2]) >= LEAST).all(1)]
    if pixels.dtype != np.uint8:  # a file of more bits
        pixels = np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
    return Picture(np.repeat(pixels, 3 // len(pixels), axis=0), len(image) == 1, boxes)

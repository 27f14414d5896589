"""Annotated images of your own, for netkit evaluate."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np

from netkit.annotations import AnnotatedFolder, Annotation, read_annotated
from netkit.checks import ShareBelow1, Whole
from netkit.errors import NetkitError
from netkit.files.images import read_image
from netkit.files.text import printable
from netkit.scenes import Scene, Scenes

log = logging.getLogger("netkit")


class Annotated(Scenes):
    """Images with the boxes of what is in them: COCO JSON, Pascal VOC XML or YOLO txt.

    root: a folder, a COCO file or a data.yaml; which of the three it is is told by the files that
    are there.  channels: 1 grey, 3 colour.  part: train, val or test, where the folder is divided
    into parts; of one that names no val, test, or all of it.  share: of a folder that names no
    parts, take what training with this val_share and this seed tests on; null: all images of such
    a folder.  Each image is read when it is looked at. Boxes that are marked difficult (Pascal VOC)
    or as a crowd (COCO) need not be found.
    """

    def __init__(
        self,
        root: str | Path | None,
        channels: Literal[1, 3] = 1,
        *,
        part: Literal["train", "val", "test"] = "val",
        share: ShareBelow1 | None = None,
        seed: Whole = 0,
    ) -> None:
        found = read_annotated(root, share=share or 0, seed=seed)
        for line in found.notes:
            log.warning(line)
        self.root = Path(root or "")
        self.rows = chosen(found, part, self.root, divide=share is not None)
        self.classes = found.classes
        self.channels = channels

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Scene]:
        for row in self.rows:
            image = read_image(row.path, self.channels)
            inside = row.path.is_relative_to(self.root)
            name = row.path.relative_to(self.root).as_posix() if inside else row.path.name
            more = row.ignored
            yield Scene(
                name,
                image,
                np.concatenate([row.boxes, more.boxes]),
                np.concatenate([row.labels, more.labels]),
                np.arange(len(row.boxes) + len(more.boxes)) >= len(row.boxes),
                np.concatenate([np.zeros(len(row.boxes), bool), more.crowds]),
            )


def chosen(found: AnnotatedFolder, part: str, root: Path, *, divide: bool) -> list[Annotation]:
    """Return the images of a part, or all of a folder that names none; say which if not `part`.

    divide: a folder that names no parts was divided by share.
    """
    if not found.named and not divide:
        return found.parts["train"]
    if part == "val" and not found.parts["val"]:
        part = "test" if "test" in found.parts else "train"
        log.warning("%s: names no val: its part %s is measured", printable(root), part)
    if not found.parts.get(part):
        there = ", ".join(name for name, rows in found.parts.items() if rows)
        raise NetkitError(f"part={part}: {root} has no such images: it has {there}")
    return found.parts[part]

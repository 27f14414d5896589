"""Annotated images of your own, for netkit evaluate."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from netkit.annotations.reading import read_annotations
from netkit.files.images import read_image
from netkit.scenes import Scene, Scenes


class Annotated(Scenes):
    """Images with the boxes of what is in them: COCO JSON, Pascal VOC XML or YOLO txt.

    root: a folder, or a COCO file; which of the three it is is told by the files that are there.
    channels: 1 grey, 3 colour.  Each image is read when it is looked at.
    """

    def __init__(self, root: str | Path | None, channels: Literal[1, 3] = 1) -> None:
        self.rows, self.classes = read_annotations(root)
        self.channels = channels

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Scene]:
        for row in self.rows:
            image = read_image(row.path, self.channels)
            yield Scene(row.path.name, image, row.boxes, row.labels)

"""Scenes: the contract of a set of images with boxes of known classes, to measure a detector on."""

from collections.abc import Iterator
from typing import NamedTuple

from netkit.checks import Checked
from netkit.types import Array


class Scene(NamedTuple):
    """One image and what is in it.

    image: (C, H, W), uint8.  boxes: (n, 4), each x0, y0, x1, y1 in pixels, the ends exclusive.
    labels: (n,), the class of each box, its place in `Scenes.classes`.  ignored: (n,) of bool,
    boxes that nobody needs to find, any number of answers with which is neither right nor wrong
    (Pascal VOC's difficult); crowds: (n,) of bool, those of them around a crowd, to which belongs
    what lies in them by a half or more (COCO's iscrowd). None: no box is so.
    """

    name: str
    image: Array
    boxes: Array
    labels: Array
    ignored: Array | None = None
    crowds: Array | None = None


class Scenes(Checked):
    """Images with boxes: a subclass sets `classes` and writes `__len__` and `__iter__`.

    The constructor's arguments are what its YAML in conf/scenes takes. `netkit evaluate` goes
    through the scenes once, in order, and holds only a few at a time, so that images may be read or
    drawn as they are asked for. Class names are text; those that the net does not know are left out
    of the measurement.
    """

    classes: list[str]

    def __len__(self) -> int:
        """Return how many scenes there are."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[Scene]:
        """Yield the scenes, the same ones in the same order each time."""
        raise NotImplementedError

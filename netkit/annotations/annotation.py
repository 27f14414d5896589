"""A picture and its boxes: as an annotation file describes them, and as netkit takes them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeAlias
from xml.etree import ElementTree

import numpy as np

from netkit.annotations.findings import Findings
from netkit.errors import NetkitError
from netkit.types import Array

WRONG = (  # what a file that is none of its kind raises
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    ElementTree.ParseError,
)
LONGEST = 200  # letters of an error over a file
UNDIVIDED = ""  # the part of pictures that their folder puts into no part
WANTED, DIFFICULT, CROWD = range(3)  # marks of boxes: the last two need not be found
Size: TypeAlias = tuple[int, int]  # width and height in pixels


class Ignored(NamedTuple):
    """Boxes that nobody needs to find, and that are no background: neither right nor wrong.

    boxes: (n, 4).  labels: their classes (n,).  crowds: (n,) of bool, whether a box is around a
    crowd of things (COCO's iscrowd), or around one that is difficult (Pascal VOC's difficult).
    """

    boxes: Array
    labels: Array
    crowds: Array


NONE_IGNORED = Ignored(np.zeros((0, 4)), np.zeros(0, np.int64), np.zeros(0, bool))


class Annotation(NamedTuple):
    """An image's file, its boxes (n, 4) as x0, y0, x1, y1 in pixels, and their classes (n,).

    The ends of boxes are exclusive.  size: width and height of the image as it is shown, upright.
    ignored: boxes that are not among them, for they need not be found.
    """

    path: Path
    boxes: Array
    labels: Array
    size: Size = (0, 0)
    ignored: Ignored = NONE_IGNORED


class Described(NamedTuple):
    """What an annotation file says of a picture: nothing of it is checked yet.

    boxes: (n, 4) in pixels, or if `shares`, in shares of the picture's sides.  size: width and
    height as the file has them, or None.  marks: of each box WANTED, DIFFICULT or CROWD, (n,) of
    int8; None: all of them are wanted.
    """

    path: Path
    boxes: Array
    labels: Array
    size: Size | None = None
    shares: bool = False
    marks: Array | None = None


class Reading(NamedTuple):
    """What a reader found: classes, the pictures of each part, and what is odd about them."""

    classes: list[str]
    parts: dict[str, list[Described]]
    findings: Findings


def described(
    path: Path,
    rows: list[tuple[int, tuple[float, ...]]],
    size: Size | None = None,
    shares: bool = False,
) -> Described:
    """Return what is said of a picture by [(label, box), ...]."""
    boxes = np.array([box for _, box in rows], float).reshape(-1, 4)
    return Described(path, boxes, np.array([label for label, _ in rows], np.int64), size, shares)


def one_of_each(names: list[str], findings: Findings, where: object) -> tuple[list[str], list[int]]:
    """Return the different names, and for each of `names` its place among them."""
    classes = list(dict.fromkeys(names))
    for name, count in Counter(names).items():
        if count > 1:
            findings.add("same_class", f"{name} in {where}")
    places = {name: k for k, name in enumerate(classes)}
    return classes, [places[name] for name in names]


@contextmanager
def of_its_kind(where: object) -> Iterator[None]:
    """Make one line of what is raised over a file that is none of its kind."""
    try:
        yield
    except WRONG as error:
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
        said = said if len(said) <= LONGEST else said[:LONGEST] + "..."
        raise NetkitError(f"{where}: is no whole annotation file of its kind ({said})") from error

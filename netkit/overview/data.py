"""A data set in few lines: how much of it there is, of what, and what is odd about it."""

from weakref import WeakKeyDictionary

import numpy as np

from netkit.dataset import Dataset, Samples
from netkit.files.text import printable
from netkit.overview.duplicates import duplicates
from netkit.overview.odd import odd_lines
from netkit.types import Array

WIDTH = 88  # letters of a line, so that it fits beside its word on most terminals
MOST_CLASSES = 12  # whose boxes have a line each
SAID: WeakKeyDictionary[Dataset, list[str]] = WeakKeyDictionary()
Line = tuple[str, str]  # a word, and what is said of it


def data_lines(data: Dataset, name: str) -> list[Line]:
    """Return what a data set holds: how many samples, of which classes, what images.

    name: what to call it.
    """
    train, val = len(data.train), len(data.val)
    noun = "boxes" if data.boxes else "images"
    lines = [
        ("data", f"{name}: {train:,} images to train on, {val:,} to test on"),
        ("classes", classes_text(data.classes, counts(data.train, data), noun)),
        ("images", images_text(data)),
    ]
    if data.boxes:
        lines += [("boxes", boxes_text(data.train.labels)), *sizes_lines(data)]
    return [*lines, *data.notes]


def data_warnings(data: Dataset) -> list[str]:
    """Return a line for each thing about a data set that a user may not expect.

    It is looked through once: the console and the report say the same.
    """
    if data not in SAID:
        SAID[data] = found_warnings(data)
    return SAID[data]


def found_warnings(data: Dataset) -> list[str]:
    """Look through a data set for what `data_warnings` says."""
    lines = odd_lines(data) + (data.found.warnings() if data.found else [])
    noun = "boxes" if data.boxes else "images"
    for samples, what in ((data.train, "train"), (data.val, "test")):
        empty = [data.classes[k] for k in np.flatnonzero(counts(samples, data) == 0)]
        few = len(samples) < 2 * len(data.classes)  # as val_size=10 leaves them, for a first try
        if empty and not few:
            lines.append(f"without {noun} to {what} on: {names_text(empty)}")
    if not (data.found or data.boxes):  # else it was looked at file by file, and says so above
        lines += duplicates_text(data)
    return lines


def counts(samples: Samples, data: Dataset) -> Array:
    """Return how many samples there are of each class, or how many boxes, (classes,)."""
    labels = samples.labels
    if data.boxes:
        labels = labels[..., 0][labels[..., 0] >= 0].astype(int)
    return np.bincount(labels, minlength=len(data.classes))


def boxes_text(labels: Array) -> str:
    """Return how many boxes labels (N, M, 5) have, their sizes, and how many images have none."""
    there = labels[..., 0] >= 0
    sides = (labels[..., 3:] - labels[..., 1:3])[there]
    without = int((~there.any(axis=1)).sum())
    text = f"{len(sides):,} to train on, {sizes_text(sides)} pixels"
    return f"{text}; images without boxes: {without:,}" if without else text


def sizes_lines(data: Dataset) -> list[Line]:
    """Return a line on the sizes of the boxes of each class, in pixels of the net's input."""
    labels = data.train.labels
    if not 1 < len(data.classes) <= MOST_CLASSES:
        return []
    wide = max(len(printable(name)) for name in data.classes)
    lines = []
    for k, name in enumerate(data.classes):
        sides = (labels[..., 3:] - labels[..., 1:3])[labels[..., 0] == k]
        text = f"{printable(name):{wide}}  {len(sides):,}  {sizes_text(sides)}"
        lines.append(("", text.rstrip()))
    return lines


def sizes_text(sides: Array) -> str:
    """Return the smallest, the median and the largest by area of widths and heights (n, 2)."""
    if not len(sides):
        return ""
    order = np.argsort(sides[:, 0] * sides[:, 1], kind="stable")
    small, middle, large = (f"{w:.0f}x{h:.0f}" for w, h in sides[order[[0, len(order) // 2, -1]]])
    return small if small == large else f"{small} to {large}, the median {middle}"


def duplicates_text(data: Dataset) -> list[str]:
    """Return the line on samples to test on that are trained on too; none if there are none."""
    pairs = duplicates(data.train, data.val)
    if not pairs:
        return []
    other = sum(int(data.val.labels[k] != data.train.labels[n]) for k, n in pairs)
    classes = f", {other:,} of them in another class" if other else ""
    k, n = pairs[0]
    return [
        f"{len(pairs):,} of {len(data.val):,} images to test on are trained on as well, pixel for "
        f"pixel{classes}: number {k} is number {n} to train on"
    ]


def images_text(data: Dataset) -> str:
    """Return the size and the channels of images, and their sizes in files where known."""
    channels, height, width = data.shape
    kind = {1: "grey", 3: "colour"}.get(channels, f"{channels} channels")
    text = f"{width}x{height}, {kind}"
    if data.found:
        small, middle, large = (f"{w}x{h}" for w, h in data.found.sizes)
        if small == large:
            return f"{text}; {small} in the files"
        return f"{text}; in the files {small} to {large}, the median {middle}"
    return text


def classes_text(classes: list[str], numbers: Array, noun: str = "images") -> str:
    """Return the classes with how many images, or boxes, each has, as many as fit on a line."""
    same = len(set(numbers.tolist())) == 1
    if same:
        each = f"{len(classes)}, {int(numbers[0]):,} {noun} each: "
        return each + names_text(classes, WIDTH - len(each))
    said = [f"{name} {number}" for name, number in zip(classes, numbers.tolist(), strict=True)]
    whole = f"{len(classes)}: {printable(', '.join(said))}"
    if len(whole) <= WIDTH:
        return whole
    low, high = int(numbers.argmin()), int(numbers.argmax())
    least, most = (f"{int(numbers[k]):,} ({printable(classes[k])})" for k in (low, high))
    start = f"{len(classes)}, {least} to {most} {noun}: "
    return start + names_text(classes, WIDTH - len(start))


def names_text(names: list[str], width: int = WIDTH) -> str:
    """Return names as they fit into so many letters, the first of them at least."""
    for most in range(len(names), 0, -1):
        left = len(names) - most
        text = printable(", ".join(names[:most])) + (f" and {left:,} more" if left else "")
        if len(text) <= width:
            return text
    return text[: max(width, 20)]

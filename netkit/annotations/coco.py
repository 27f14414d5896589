"""COCO's JSON: one file for many pictures. https://cocodataset.org/#format-data"""

import os
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from netkit.annotations.annotation import (
    CROWD,
    WANTED,
    Described,
    Reading,
    of_its_kind,
    one_of_each,
)
from netkit.annotations.findings import Findings
from netkit.annotations.layout import Tree, part_of, part_of_file
from netkit.annotations.long_json import items
from netkit.errors import NetkitError, shown
from netkit.files.names import inside
from netkit.types import Array

NO_INSTANCES = "captions", "person", "stuff", "panoptic", "image"  # names begin with them
TRIED = 20  # pictures that are looked for in a folder before it is taken


def read_coco(files: list[Path], tree: Tree) -> Reading:
    """Return what COCO files describe, one file a part."""
    findings, names, parts = Findings(), list[str](), dict[str, list[Described]]()
    taken: dict[str, File] = {}
    for path in preferred(files):
        part = part_of_file(path, tree.root)
        if part in taken:
            findings.add("left", f"{path}, {taken[part].path.name} serves")
        else:
            with of_its_kind(path):
                taken[part] = File(path)
            names += taken[part].names(findings)
    classes, _ = one_of_each(list(dict.fromkeys(names)), findings, tree.root)
    for part, file in taken.items():
        parts[part] = list(file.pictures(tree, part, classes, findings))
    return Reading(classes, parts, findings)


def preferred(files: list[Path]) -> list[Path]:
    """Return the files; beside instances_*.json, without those of captions, people and stuff."""
    if not any(path.stem.startswith("instances_") for path in files):
        return files
    return [path for path in files if path.stem.partition("_")[0] not in NO_INSTANCES]


class File:
    """The pictures, boxes and categories of one COCO file.

    Boxes are kept as bare numbers, so that a file takes less memory than it is long.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.categories: dict[Any, str] = {}
        self.groups: set[str] = set()  # what categories belong to
        self.images: dict[Any, tuple[str, tuple[int, int] | None]] = {}
        self.numbers: dict[Any, int] = {}  # of an image by its id, in any order
        self.kinds: dict[Any, int] = {}  # of a category likewise
        self.of_image = array("q")
        self.of_kind = array("q")
        self.boxes = array("d")  # x, y, width, height
        self.marks = array("b")
        self.boxless = 0  # crowds without a box
        takes = {"images": self.image, "annotations": self.box, "categories": self.category}
        keys: set[str] = set()
        for key, value in items(path, keys):
            if key in takes:
                takes[key](value)
        if missing := sorted(set(takes) - keys):
            raise KeyError(", ".join(missing))

    def image(self, row: dict[str, Any]) -> None:
        """Take one of the images."""
        size = row.get("width"), row.get("height")
        whole = all(isinstance(side, int) for side in size)
        name, known = row["file_name"], self.images.get(row["id"])
        if not isinstance(name, str):
            raise TypeError(f"file_name {shown(name)} is no text")
        if known and known[0] != name:
            raise ValueError(
                f"the images {known[0]!r} and {name!r} have one id, {shown(row['id'])}"
            )
        self.images[row["id"]] = name, (int(size[0] or 0), int(size[1] or 0)) if whole else None
        self.numbers.setdefault(row["id"], len(self.numbers))

    def category(self, row: dict[str, Any]) -> None:
        """Take one of the categories."""
        known = self.categories.setdefault(row["id"], str(row["name"]))
        if known != str(row["name"]):
            raise ValueError(
                f"categories {known} and {row['name']} have one id, {shown(row['id'])}"
            )
        if group := row.get("supercategory"):
            self.groups.add(str(group))

    def box(self, row: dict[str, Any]) -> None:
        """Take one of the annotations."""
        crowd, box = bool(row.get("iscrowd")), row.get("bbox")
        if crowd and not box:
            self.boxless += 1
            return
        box = box or around(row.get("segmentation"))
        if len(box) != 4:
            raise ValueError(f"bbox {shown(box)} is not x, y, width, height")
        self.of_image.append(self.numbers.setdefault(row["image_id"], len(self.numbers)))
        self.of_kind.append(self.kinds.setdefault(row["category_id"], len(self.kinds)))
        self.boxes.extend([float(v) for v in box])
        self.marks.append(CROWD if crowd else WANTED)

    def names(self, findings: Findings) -> list[str]:
        """Return the names of the categories, without groups of others that have no boxes."""
        for kind in self.kinds:
            if kind not in self.categories:
                known = ", ".join(shown(name) for name in list(self.categories.values())[:5])
                raise NetkitError(
                    f"{self.path}: an annotation of category_id {shown(kind)}, which is "
                    f"none of its {len(self.categories)} categories ({known}): add it there"
                )
        used = {self.categories[kind] for kind in self.kinds}
        groups = self.groups - used if used else set()
        for name in [name for name in self.categories.values() if name in groups]:
            findings.add("group", f"{name} in {self.path}")
        return [name for name in self.categories.values() if name not in groups]

    def pictures(
        self, tree: Tree, part: str, classes: list[str], findings: Findings
    ) -> Iterator[Described]:
        """Yield the pictures with their boxes."""
        findings.add("boxless", self.path, self.boxless)
        labels = np.array([classes.index(self.categories[k]) for k in self.kinds], np.int64)
        kinds = labels[np.frombuffer(self.of_kind, np.int64)] if self.of_kind else labels[:0]
        boxes = np.frombuffer(self.boxes, float).reshape(-1, 4).copy()
        with np.errstate(all="ignore"):  # what is not finite is named where boxes are checked
            boxes[:, 2:] += boxes[:, :2]
        marks = np.frombuffer(self.marks, np.int8) if self.marks else np.zeros(0, np.int8)
        numbers = np.frombuffer(self.of_image, np.int64)
        order = np.argsort(numbers, kind="stable")
        edges = np.searchsorted(numbers[order], np.arange(len(self.numbers) + 1))
        with of_its_kind(self.path):
            folder = self.folder(tree, part)
        rows: dict[Path, Described] = {}
        for key, number in self.numbers.items():
            some = order[edges[number] : edges[number + 1]]
            if key not in self.images:
                findings.add("unknown", f"image_id {shown(key)} in {self.path}", len(some))
                continue
            name, size = self.images[key]
            path = inside(folder, name, f"{self.path}: file_name")
            row = Described(path, boxes[some], kinds[some], size, marks=marks[some])
            rows[path] = joined(rows[path], row) if path in rows else row
        yield from rows.values()
        there = [p for p in tree.pictures if p.is_relative_to(folder) and p not in rows]
        if folder != tree.root:
            findings.add("not_listed", there[0] if there else "", len(there))

    def folder(self, tree: Tree, part: str) -> Path:
        """Return the folder that file names begin in: the first with all or most pictures."""
        names = [name for name, _ in self.images.values()][:TRIED]
        for name in names:
            inside(self.path.parent, name, f"{self.path}: file_name")
        here, ending = self.path.parent, self.path.stem.rpartition("_")[2]
        own = [p for p in tree.folders if part and part_of(p / "x", tree.root) == part]
        tried = [here, tree.root / ending, tree.root / "images" / ending, here / "images"]
        tried += [*own, tree.root, tree.root / "images", tree.root / "JPEGImages", *tree.folders]
        best, most = here, 0
        for folder in dict.fromkeys(tried):
            found = sum(os.path.isfile(folder / name) for name in names)
            if found > most:
                best, most = folder, found
            if found == len(names):
                break
        return best


def joined(one: Described, other: Described) -> Described:
    """Return a picture that a file has twice, with the boxes of both."""
    boxes, labels, marks = (
        np.concatenate([getattr(row, name) for row in (one, other)])
        for name in ("boxes", "labels", "marks")
    )
    return one._replace(boxes=boxes, labels=labels, marks=marks)


def around(segmentation: Any) -> list[float]:
    """Return x, y, width and height of the box around polygons [[x, y, x, y, ...], ...]."""
    if not isinstance(segmentation, list) or not segmentation:
        raise KeyError("bbox")
    points: Array = np.concatenate([np.array(p, float).reshape(-1, 2) for p in segmentation])
    low, high = points.min(axis=0), points.max(axis=0)
    return [*low.tolist(), *(high - low).tolist()]

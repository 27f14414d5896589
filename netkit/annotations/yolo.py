"""YOLO's text: a line a box, in shares of the picture's sides; data.yaml names the pictures."""

from pathlib import Path
from typing import Any

import numpy as np

from netkit.annotations.annotation import Described, Reading, described, of_its_kind, one_of_each
from netkit.annotations.data_yaml import MOST_CLASSES, listed, named_pictures, names_of
from netkit.annotations.findings import Findings
from netkit.annotations.layout import (
    NAMES,
    PARTS,
    Tree,
    labels_in,
    labels_of,
    part_of,
    settings_in,
)
from netkit.errors import NetkitError
from netkit.files.documents import read_text

MOST_OUTSIDE = 2.0  # a share above it is a number of pixels


def read_yolo(files: list[Path], tree: Tree) -> Reading:
    """Return what a data.yaml and the text files beside pictures describe.

    files: the data.yaml, or lists of the names of classes, or text files of boxes.
    """
    findings, values = Findings(), dict[str, Any]()
    yaml = files[0] if files[0].suffix.lower() in (".yaml", ".yml") else None
    if yaml:
        values = settings_in(yaml)
    pictures = named_pictures(yaml, values, tree, findings) if yaml else {}
    if not pictures:
        pictures = found_pictures(tree)
    names, source = names_in(values, yaml, tree)
    kpt = values.get("kpt_shape")
    lines = Lines(names, source, findings, keypoints=isinstance(kpt, list) and len(kpt) == 2)
    parts = {part: [lines.described(path) for path in paths] for part, paths in pictures.items()}
    known = {labels_of(path) for path in tree.pictures}
    for path in tree.ending(".txt"):
        of_labels = "labels" in (path.parent.name, path.parent.parent.name)
        if of_labels and path not in known and path.name not in NAMES:
            findings.add("missing", path)
    if names is None:
        classes = [str(k) for k in range(lines.most + 1)]
        findings.add("nameless", tree.root, len(classes))
    else:
        classes, places = one_of_each(names, findings, source)
        if len(classes) < len(names):
            for part, rows in parts.items():
                parts[part] = [
                    row._replace(labels=np.array(places, np.int64)[row.labels]) for row in rows
                ]
    return Reading(classes, parts, findings)


class Lines:
    """What reads the text files of pictures.

    names: of the classes, or None if nobody names them; then `most` is the last that was seen.
    keypoints: lines are of YOLO's poses, a box and points.
    """

    def __init__(
        self, names: list[str] | None, source: Path, findings: Findings, *, keypoints: bool
    ) -> None:
        self.names = names
        self.source = source
        self.findings = findings
        self.keypoints = keypoints
        self.most = -1

    def described(self, picture: Path) -> Described:
        """Return what the text file of a picture says of it."""
        path, rows = labels_of(picture), []
        if not path.is_file():
            self.findings.add("plain", picture)
            return described(picture, [], shares=True)
        for k, line in enumerate(read_text(path, str(path)).lstrip("\ufeff").split("\n")):
            if words := line.split():
                with of_its_kind(f"{path}, line {k + 1}"):
                    rows.append((self.label(words[0], path), self.box(words[1:], path)))
        return described(picture, rows, shares=True)

    def label(self, word: str, path: Path) -> int:
        """Return the class that a line begins with."""
        number = float(word)
        label = int(number)
        if label != number:
            raise ValueError(f"class {word} is no whole number")
        if not 0 <= label < (MOST_CLASSES if self.names is None else len(self.names)):
            known = f"none of the {len(self.names or ())} in {self.source}"
            known = known if self.names is not None else "no number of a class"
            raise NetkitError(f"{path}: class {word} is {known}")
        self.most = max(self.most, label)
        return label

    def box(self, words: list[str], path: Path) -> tuple[float, ...]:
        """Return the box of a line as shares of the sides: of a polygon, the one around it."""
        values = [float(word) for word in words]
        if len(values) < 4:
            raise ValueError(f"{len(values)} numbers behind the class, and a box has 4")
        polygon = len(values) > 5 and len(values) % 2 == 0 and not self.keypoints
        if any(abs(v) > MOST_OUTSIDE for v in (values if polygon else values[:4])):
            raise ValueError(f"{words[:4]} are no shares of the sides, 0 to 1: are they pixels?")
        if polygon:
            self.findings.add("polygon", path)
            xs, ys = values[::2], values[1::2]
            return min(xs), min(ys), max(xs), max(ys)
        if len(values) > 5:  # a fifth is a confidence
            self.findings.add("keypoints", path)
        x, y, w, h = values[:4]
        return x - w / 2, y - h / 2, x + w / 2, y + h / 2


def names_in(
    values: dict[str, Any], yaml: Path | None, tree: Tree
) -> tuple[list[str] | None, Path]:
    """Return the names of the classes and the file that has them; None if none has."""
    names = values.get("names")
    if yaml and names is not None:
        return names_of(names, values.get("nc"), yaml), yaml
    for path in tree.files:
        if path.name in NAMES:
            lines = read_text(path, str(path)).lstrip("\ufeff").split("\n")
            return [line.strip() for line in lines if line.strip()], path
    return None, tree.root


def found_pictures(tree: Tree) -> dict[str, list[Path]]:
    """Return the pictures in the parts that lists at the top or the names of folders tell."""
    lists = {part: tree.root / f"{part}.txt" for part in PARTS}
    texts = set(labels_in(tree))
    found = {
        part: listed(path, [tree.root])
        for part, path in lists.items()
        if path.is_file() and path not in texts
    }
    if any(found.values()):
        return found
    for path in tree.pictures:
        found.setdefault(part_of(path, tree.root), []).append(path)
    return found

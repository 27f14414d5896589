"""A look at a folder of annotated pictures: which files tell of boxes, and what they are called."""

import os
import re
from functools import cached_property
from pathlib import Path
from typing import Any

from netkit.errors import NetkitError
from netkit.files.documents import parse_yaml, read_text
from netkit.files.images import PICTURES

PARTS = "train", "val", "test"
PART = re.compile(r"(train|val|test)(?:ing|id|idation)?[-_]?\d*", re.I)
PART_OF_FILE = re.compile(r"(?<![a-z])(train|val|test)(?:ing|id|idation)?(?![a-z])", re.I)
COCO = re.compile(rb'"(images|annotations)"\s*:\s*\[')
ENDINGS = *PICTURES, ".tif", ".tiff"
NAMES = "classes.txt", "obj.names", "predefined_classes.txt"  # of classes, a line each
DATA = "data", "dataset"  # what the YAML of a YOLO set is called, by habit
LOOKED = 1 << 20  # bytes of a JSON file that are looked at, and as many at its end


class Tree:
    """The files in a folder and in those in it, without those whose names begin with a dot.

    asked: the folder or file that the user named.
    """

    def __init__(self, root: Path, asked: Path | None = None) -> None:
        self.root = root
        self.asked = asked
        self.files: list[Path] = []
        self.folders: list[Path] = []
        for place, inner, names in os.walk(root):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            self.folders.append(Path(place))
            self.files += [Path(place, name) for name in sorted(names) if name[0] != "."]

    def ending(self, *endings: str) -> list[Path]:
        """Return the files with such endings, in the order of their names."""
        return sorted(path for path in self.files if path.suffix.lower() in endings)

    @cached_property
    def pictures(self) -> list[Path]:
        """The files that are pictures by their names."""
        return self.ending(*ENDINGS)


def part_of(path: Path, root: Path) -> str:
    """Return the part that a file is in by the names of its folders under `root`; "" for none."""
    for folder in path.relative_to(root).parts[:-1] if path.is_relative_to(root) else ():
        if found := PART.fullmatch(folder):
            return found[1].lower()
    return ""


def part_of_file(path: Path, root: Path) -> str:
    """Return the part that a file's own name says, else the names of its folders."""
    found = PART_OF_FILE.search(path.stem)
    return found[1].lower() if found else part_of(path, root)


def sources(root: Path, tree: Tree) -> list[tuple[str, list[Path]]]:
    """Return (kind, files that tell of boxes) of what there is, the surest first."""
    if root.is_file():
        kinds = {".json": "COCO", ".yaml": "YOLO", ".yml": "YOLO", ".xml": "Pascal VOC"}
        kind = kinds.get(root.suffix.lower())
        if not kind:
            raise NetkitError(
                f"root={root}: give a folder, a COCO .json or a data.yaml of annotated pictures"
            )
        return [(kind, [root])]
    jsons = [p for p in tree.ending(".json") if len(p.relative_to(root).parts) < 3]
    coco = [path for path in jsons if is_coco(path)]
    xmls = tree.ending(".xml")
    names = [path for path in tree.files if path.name in NAMES]
    sure = ("YOLO", data_yaml(root)), ("COCO", coco), ("Pascal VOC", xmls), ("YOLO", names)
    found = [(kind, files) for kind, files in sure if files]
    return found or [(k, f) for k, f in (("YOLO", labels_in(tree)), ("COCO", jsons)) if f]


def is_annotated(root: Path) -> bool:
    """Return whether a path is a folder or a file of annotated pictures, by a look at it.

    XML, lists of names and text beside pictures may be anything: they count where they look like
    annotations.
    """
    if root.is_file():
        return root.suffix.lower() in (".json", ".yaml", ".yml")
    if not root.is_dir():
        return False
    for kind, files in sources(root, tree := Tree(root)):
        if kind == "COCO" and not is_coco(files[0]):
            continue
        if kind == "Pascal VOC" and not is_voc(files[0]):
            continue
        if kind != "YOLO" or files[0].suffix in (".yaml", ".yml") or labels_in(tree):
            return True
    return False


def is_voc(path: Path) -> bool:
    """Return whether an XML file is one of annotations, by its beginning."""
    with open(path, "rb") as file:
        return b"<annotation" in file.read(4096)


def is_coco(path: Path) -> bool:
    """Return whether a JSON file has lists of images or annotations, by its beginning and end."""
    with open(path, "rb") as file:
        head = file.read(LOOKED)
        file.seek(max(len(head), path.stat().st_size - LOOKED))
        return bool(COCO.search(head) or COCO.search(file.read()))


def data_yaml(root: Path) -> list[Path]:
    """Return the YAML of a folder that describes a YOLO set; none if there is none."""
    found = sorted(p for p in root.iterdir() if p.suffix.lower() in (".yaml", ".yml"))
    found = [p for p in found if not p.name.startswith(".")]
    for path in sorted(found, key=lambda p: p.stem not in DATA):
        try:
            values = settings_in(path)
        except NetkitError:
            if path.stem in DATA:
                raise
            continue  # of something else
        if "names" in values or "train" in values:
            return [path]
    return []


def settings_in(path: Path) -> dict[str, Any]:
    """Return what a YAML file sets; {} of one that is no mapping."""
    values = parse_yaml(read_text(path, f"{path}:").lstrip("\ufeff"), str(path))
    return values if isinstance(values, dict) else {}


def labels_in(tree: Tree) -> list[Path]:
    """Return the .txt files that lie where YOLO has those of the pictures."""
    texts = set(tree.ending(".txt"))
    return [path for path in map(labels_of, tree.pictures) if path in texts]


def labels_of(picture: Path) -> Path:
    """Return where YOLO has the boxes of a picture: labels/ for images/ in its path, or beside."""
    parts = list(picture.with_suffix(".txt").parts)
    for k in range(len(parts) - 2, -1, -1):
        if parts[k].lower() == "images":
            there = Path(*parts[:k], "labels", *parts[k + 1 :])
            beside = picture.with_suffix(".txt")
            return beside if beside.is_file() and not there.is_file() else there
    return picture.with_suffix(".txt")

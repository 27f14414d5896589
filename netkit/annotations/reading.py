"""Annotations: true boxes read from COCO JSON, Pascal VOC XML and YOLO txt."""

from pathlib import Path
from typing import NamedTuple, TypeAlias
from xml.etree import ElementTree

import numpy as np

from netkit.errors import NetkitError
from netkit.files.decoding import picture_size
from netkit.files.documents import parse_json, read_text
from netkit.files.images import find_images
from netkit.files.names import inside
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
Sides: TypeAlias = tuple[float, float, float, float]  # x0, y0, x1, y1 in pixels
Rows: TypeAlias = dict[Path, list[tuple[int, Sides]]]  # of each image: (label, box), ...


class Annotation(NamedTuple):
    """An image's file, its boxes (n, 4) as x0, y0, x1, y1 in pixels, and their classes (n,)."""

    path: Path
    boxes: Array
    labels: Array


def read_annotations(root: str | Path | None) -> tuple[list[Annotation], list[str]]:
    """Return the Annotations of a folder or a COCO file, and the names of the classes.

    A .json file, or a folder with one, is COCO; a folder with .xml files is Pascal VOC; one with
    classes.txt and .txt files is YOLO. Raises NetkitError with the file that is wrong.
    """
    if root is None:
        raise NetkitError("scenes=annotated root=null: name the folder, root=FOLDER")
    root = Path(root)
    coco = [root] if root.is_file() else sorted(root.glob("*.json"))
    kinds = (
        (read_coco, coco),
        (read_voc, sorted(root.rglob("*.xml"))),
        (read_yolo, sorted(root.rglob("classes.txt"))),
    )
    for read, files in kinds:
        if not files:
            continue
        try:
            found, names = read(files)
            return [annotation(path, rows) for path, rows in found.items()], names
        except WRONG as error:
            said = f"{type(error).__name__}: {error}"
            raise NetkitError(
                f"{files[0]}: is no whole annotation file of its kind ({said})"
            ) from error
    raise NetkitError(f"root={root}: holds no COCO .json, no VOC .xml and no YOLO classes.txt")


def kind_of(root: Path) -> str:
    """Return what the annotations of a folder or a file are: COCO, Pascal VOC or YOLO."""
    if root.is_file() or any(root.glob("*.json")):
        return "COCO"
    return "Pascal VOC" if any(root.rglob("*.xml")) else "YOLO"


def annotation(path: Path, rows: list[tuple[int, Sides]]) -> Annotation:
    """Return the Annotation of an image with [(label, box), ...] in it."""
    boxes = np.array([box for _, box in rows], float).reshape(-1, 4)
    for box, ok in zip(boxes, np.isfinite(boxes).all(axis=1), strict=True):
        if not ok or box[2] < box[0] or box[3] < box[1]:
            x0, y0, x1, y1 = box
            raise NetkitError(
                f"{path}: a box from ({x0:g}, {y0:g}) to ({x1:g}, {y1:g}): its annotation "
                "needs finite numbers, the upper left corner first"
            )
    return Annotation(path, boxes, np.array([label for label, _ in rows], np.int64))


def read_coco(files: list[Path]) -> tuple[Rows, list[str]]:
    """Return the boxes of the images in the first of the files, and the classes."""
    data = parse_json(read_text(files[0], f"{files[0]}:"), f"{files[0]}:")
    categories = {c["id"]: k for k, c in enumerate(data["categories"])}
    folder, what = files[0].parent, f"{files[0]}: file_name"
    paths = {i["id"]: inside(folder, i["file_name"], what) for i in data["images"]}
    found: Rows = {path: [] for path in paths.values()}
    for row in data["annotations"]:
        x, y, width, height = row["bbox"]
        box = x, y, x + width, y + height
        found[paths[row["image_id"]]].append((categories[row["category_id"]], box))
    return found, [str(c["name"]) for c in data["categories"]]


def read_voc(files: list[Path]) -> tuple[Rows, list[str]]:
    """Return the boxes of the images that the files are about, a file each, and the classes."""
    trees = [(path, parse_xml(path)) for path in files]
    names = sorted({text(o, "name") for _, tree in trees for o in tree.iter("object")})
    found: Rows = {}
    for path, tree in trees:
        image = inside(path.parent, text(tree, "filename"), f"{path}: filename")
        if not image.is_file():
            image = path.parent.parent / "JPEGImages" / image.name
        rows = found.setdefault(image, [])
        for o in tree.iter("object"):
            sides = "xmin", "ymin", "xmax", "ymax"
            x0, y0, x1, y1 = (float(text(o, f"bndbox/{side}")) for side in sides)
            box = x0 - 1, y0 - 1, x1, y1  # VOC counts pixels from 1
            rows.append((names.index(text(o, "name")), box))
    return found, names


def parse_xml(path: Path) -> ElementTree.Element:
    """Return the top of an XML file; raise NetkitError if it declares entities: they explode."""
    written = path.read_bytes()
    if b"<!DOCTYPE" in written or b"<!ENTITY" in written:
        raise NetkitError(f"{path}: has a DOCTYPE, which annotations do not need: take it out")
    return ElementTree.fromstring(written)


def text(element: ElementTree.Element, path: str) -> str:
    """Return the text at a path in an element; raise KeyError if there is none."""
    found = element.findtext(path)
    if found is None:
        raise KeyError(path)
    return found.strip()


def read_yolo(files: list[Path]) -> tuple[Rows, list[str]]:
    """Return the boxes of the images beside the first of the files, classes.txt, and the classes.

    Raises NetkitError for a class that is not in it.
    """
    lines = files[0].read_text(encoding="utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip()]
    found: Rows = {}
    for path in find_images(files[0].parent):
        across, down = picture_size(path)
        labels = path.with_suffix(".txt")
        found[path] = []
        for line in labels.read_text().splitlines() if labels.is_file() else []:
            label, *numbers = line.split()
            if not 0 <= int(label) < len(names):
                known = f"none of the {len(names)} in {files[0]}"
                raise NetkitError(f"{labels}: class {label} is {known}")
            x, y, w, h = (float(v) for v in numbers[:4])  # as shares of the image's sides
            left, top = (x - w / 2) * across, (y - h / 2) * down
            box = left, top, (x + w / 2) * across, (y + h / 2) * down
            found[path].append((int(label), box))
    return found, names

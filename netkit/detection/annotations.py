"""Annotations: true boxes in COCO JSON, Pascal VOC XML and YOLO txt, in and out."""

import json
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.images import find_images


class Annotation(NamedTuple):
    """An image's file, its boxes (n, 4) as x0, y0, x1, y1 in pixels, and their classes (n,)."""

    path: Path
    boxes: np.ndarray
    labels: np.ndarray


def read_annotations(root):
    """Return the Annotations of a folder or a COCO file, and the names of the classes.

    A .json file, or a folder with one, is COCO; a folder with .xml files is Pascal VOC; one with
    classes.txt and .txt files is YOLO. Raises NetkitError with the file that is wrong.
    """
    if root is None:
        raise NetkitError("data=annotated root=null: name the folder, root=FOLDER")
    root = Path(root)
    kinds = (
        (
            read_coco,
            sorted(root.glob("*.json")) if root.is_dir() else [root] if root.is_file() else [],
        ),
        (read_voc, sorted(root.rglob("*.xml"))),
        (read_yolo, sorted(root.rglob("classes.txt"))),
    )
    for read, files in kinds:
        if files:
            try:
                return read(files)
            except (
                KeyError,
                ValueError,
                TypeError,
                AttributeError,
                IndexError,
                ElementTree.ParseError,
            ) as error:
                said = f"{type(error).__name__}: {error}"
                raise NetkitError(
                    f"{files[0]}: is no whole annotation file of its kind ({said})"
                ) from error
    raise NetkitError(f"root={root}: holds no COCO .json, no VOC .xml and no YOLO classes.txt")


def rows_of(found):
    """Return Annotations of {path: [(label, box), ...]}."""
    return [
        Annotation(
            path,
            np.array([b for _, b in rows], float).reshape(-1, 4),
            np.array([k for k, _ in rows], np.int64),
        )
        for path, rows in found.items()
    ]


def read_coco(files):
    data = json.loads(files[0].read_text(encoding="utf-8"))
    categories = {c["id"]: k for k, c in enumerate(data["categories"])}
    found = {image["id"]: (files[0].parent / image["file_name"], []) for image in data["images"]}
    for row in data["annotations"]:
        x, y, width, height = row["bbox"]
        found[row["image_id"]][1].append(
            (categories[row["category_id"]], (x, y, x + width, y + height))
        )
    return rows_of(dict(found.values())), [str(c["name"]) for c in data["categories"]]


def read_voc(files):
    trees = [(path, ElementTree.parse(path).getroot()) for path in files]
    names = sorted({o.findtext("name").strip() for _, tree in trees for o in tree.iter("object")})
    found = {}
    for path, tree in trees:
        image = path.parent / tree.findtext("filename")
        if not image.is_file():
            image = path.parent.parent / "JPEGImages" / image.name
        rows = found.setdefault(image, [])
        for o in tree.iter("object"):
            low = [
                float(o.findtext(f"bndbox/{side}")) - 1 for side in ("xmin", "ymin")
            ]  # VOC counts pixels from 1
            high = [float(o.findtext(f"bndbox/{side}")) for side in ("xmax", "ymax")]
            rows.append((names.index(o.findtext("name").strip()), (*low, *high)))
    return rows_of(found), names


def read_yolo(files):
    from PIL import Image

    folder = files[0].parent
    names = [
        line.strip() for line in files[0].read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    found = {}
    for path in find_images(folder):
        labels = path.with_suffix(".txt")
        with Image.open(path) as image:
            width, height = image.size
        rows = found.setdefault(path, [])
        for line in labels.read_text().splitlines() if labels.is_file() else []:
            label, *numbers = line.split()
            x, y, w, h = (float(v) for v in numbers[:4])
            box = (
                (x - w / 2) * width,
                (y - h / 2) * height,
                (x + w / 2) * width,
                (y + h / 2) * height,
            )
            rows.append((int(label), box))
            if not 0 <= int(label) < len(names):
                raise NetkitError(
                    f"{labels}: class {label} is none of the {len(names)} in {files[0]}"
                )
    return rows_of(found), names


def write_annotations(folder, kind, rows, classes, sizes):
    """Write Annotations beside their images: kind coco, voc or yolo; sizes: the (height, width) of
    each image.
    """
    if kind not in WRITERS:
        raise NetkitError(f"annotations as {kind}: there are {', '.join(WRITERS)}")
    WRITERS[kind](Path(folder), rows, classes, sizes)


def write_coco(folder, rows, classes, sizes):
    images, boxes = [], []
    for k, (row, (height, width)) in enumerate(zip(rows, sizes, strict=True)):
        images.append(
            {"id": k + 1, "file_name": row.path.name, "height": int(height), "width": int(width)}
        )
        for (x0, y0, x1, y1), label in zip(row.boxes.tolist(), row.labels.tolist(), strict=True):
            place = {
                "bbox": [x0, y0, x1 - x0, y1 - y0],
                "area": (x1 - x0) * (y1 - y0),
                "iscrowd": 0,
            }
            boxes.append({"id": len(boxes) + 1, "image_id": k + 1, "category_id": label, **place})
    whole = {
        "images": images,
        "annotations": boxes,
        "categories": [{"id": k, "name": n} for k, n in enumerate(classes)],
    }
    write_beside(folder / "annotations.json", json.dumps(whole).encode())


def write_voc(folder, rows, classes, sizes):
    for row, (height, width) in zip(rows, sizes, strict=True):
        top = ElementTree.Element("annotation")
        ElementTree.SubElement(top, "filename").text = row.path.name
        size = ElementTree.SubElement(top, "size")
        for name, value in (("width", width), ("height", height), ("depth", 1)):
            ElementTree.SubElement(size, name).text = str(int(value))
        for box, label in zip(row.boxes.tolist(), row.labels.tolist(), strict=True):
            o = ElementTree.SubElement(top, "object")
            ElementTree.SubElement(o, "name").text = classes[label]
            bounds = ElementTree.SubElement(o, "bndbox")
            for side, value, first in zip(
                ("xmin", "ymin", "xmax", "ymax"), box, (1, 1, 0, 0), strict=True
            ):
                ElementTree.SubElement(bounds, side).text = f"{value + first:g}"
        write_beside(folder / f"{row.path.stem}.xml", ElementTree.tostring(top))


def write_yolo(folder, rows, classes, sizes):
    write_beside(folder / "classes.txt", "".join(f"{name}\n" for name in classes).encode())
    for row, (height, width) in zip(rows, sizes, strict=True):
        lines = []
        for (x0, y0, x1, y1), label in zip(row.boxes, row.labels, strict=True):
            numbers = (
                (x0 + x1) / 2 / width,
                (y0 + y1) / 2 / height,
                (x1 - x0) / width,
                (y1 - y0) / height,
            )
            lines.append(f"{label} " + " ".join(f"{v:.8f}" for v in numbers) + "\n")
        write_beside(folder / f"{row.path.stem}.txt", "".join(lines).encode())


WRITERS = {"coco": write_coco, "voc": write_voc, "yolo": write_yolo}

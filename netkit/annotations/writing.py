"""Detections written as annotations of others' kinds: COCO JSON, Pascal VOC XML and YOLO txt."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from netkit.detection.writers import Writer
from netkit.files import write_beside
from netkit.files.names import free_name, stem_of
from netkit.files.text import printable

if TYPE_CHECKING:
    from netkit.detection.detector import Detection
    from netkit.files.sources import Frame


class Coco(Writer):
    """coco.json: the detections as a COCO data set of annotations with scores."""

    def __init__(self, path: str | Path, classes: list[str]) -> None:
        self.path = path
        self.images: list[dict[str, Any]] = []
        self.rows: list[dict[str, Any]] = []
        self.categories = [{"id": k, "name": name} for k, name in enumerate(classes)]

    def add(self, frame: "Frame", found: "list[Detection]") -> None:
        height, width = frame.image.shape[1:]
        number = len(self.images) + 1
        self.images.append(
            {"id": number, "file_name": frame.name, "height": height, "width": width}
        )
        for d in found:
            x0, y0, x1, y1 = d.box
            self.rows.append(
                {
                    "id": len(self.rows) + 1,
                    "image_id": number,
                    "category_id": d.label,
                    "bbox": [x0, y0, x1 - x0, y1 - y0],
                    "area": (x1 - x0) * (y1 - y0),
                    "iscrowd": 0,
                    "score": d.confidence,
                }
            )

    def close(self) -> None:
        data = {"images": self.images, "annotations": self.rows, "categories": self.categories}
        write_beside(self.path, json.dumps(data).encode())


class Voc(Writer):
    """An XML file an image, as Pascal VOC has them, with a confidence beside each box."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def add(self, frame: "Frame", found: "list[Detection]") -> None:
        depth, height, width = frame.image.shape
        top = ElementTree.Element("annotation")
        ElementTree.SubElement(top, "filename").text = printable(Path(frame.name).name)
        size = ElementTree.SubElement(top, "size")
        for name, value in (("width", width), ("height", height), ("depth", depth)):
            ElementTree.SubElement(size, name).text = str(value)
        for d in found:
            thing = ElementTree.SubElement(top, "object")
            ElementTree.SubElement(thing, "name").text = printable(d.name)
            ElementTree.SubElement(thing, "confidence").text = f"{d.confidence:.6f}"
            sides = ElementTree.SubElement(thing, "bndbox")
            x0, y0, x1, y1 = d.box  # VOC counts pixels from 1, and its last ones are inside
            for side, v in (("xmin", x0 + 1), ("ymin", y0 + 1), ("xmax", x1), ("ymax", y1)):
                ElementTree.SubElement(sides, side).text = f"{v:g}"
        self.folder.mkdir(exist_ok=True)
        path = free_name(self.folder / f"{stem_of(frame.name)}.xml")
        write_beside(path, ElementTree.tostring(top))


class Yolo(Writer):
    """A text file an image and classes.txt, as YOLO has them.

    A line a detection: class, x and y of the centre, width and height as shares of the image's,
    confidence.
    """

    def __init__(self, folder: str | Path, classes: list[str]) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(exist_ok=True)
        names = "".join(f"{printable(name)}\n" for name in classes)
        write_beside(self.folder / "classes.txt", names.encode())

    def add(self, frame: "Frame", found: "list[Detection]") -> None:
        height, width = frame.image.shape[1:]
        lines = []
        for d in found:
            x0, y0, x1, y1 = d.box
            centre = (x0 + x1) / 2 / width, (y0 + y1) / 2 / height
            numbers = *centre, (x1 - x0) / width, (y1 - y0) / height, d.confidence
            lines.append(f"{d.label} " + " ".join(f"{v:.8f}" for v in numbers) + "\n")
        path = free_name(self.folder / f"{stem_of(frame.name)}.txt")
        write_beside(path, "".join(lines).encode())

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
    """coco.json: the detections as a COCO data set of annotations with scores.

    scores: false leaves them out.
    """

    lasting = False  # it is written at the end

    def __init__(self, path: str | Path, classes: list[str], *, scores: bool = True) -> None:
        self.path = path
        self.scores = scores
        self.images: list[dict[str, Any]] = []
        self.rows: list[dict[str, Any]] = []
        self.categories = [{"id": k, "name": name} for k, name in enumerate(classes)]

    def add(self, frame: "Frame", found: "list[Detection]", name: str | None = None) -> None:
        height, width = frame.image.shape[1:]
        number = len(self.images) + 1
        self.images.append(
            {"id": number, "file_name": name or frame.name, "height": height, "width": width}
        )
        for d in found:
            x0, y0, x1, y1 = d.box
            row = {
                "id": len(self.rows) + 1,
                "image_id": number,
                "category_id": d.label,
                "bbox": [x0, y0, x1 - x0, y1 - y0],
                "area": (x1 - x0) * (y1 - y0),
                "iscrowd": 0,
            }
            self.rows.append(row | {"score": d.confidence} if self.scores else row)

    def close(self) -> None:
        data = {"images": self.images, "annotations": self.rows, "categories": self.categories}
        write_beside(self.path, json.dumps(data).encode())


class Voc(Writer):
    """An XML file an image, as Pascal VOC has them, with a confidence beside each box.

    scores: false leaves it out.
    """

    def __init__(self, folder: str | Path, *, scores: bool = True) -> None:
        self.folder = Path(folder)
        self.scores = scores

    def add(self, frame: "Frame", found: "list[Detection]", name: str | None = None) -> None:
        depth, height, width = frame.image.shape
        top = ElementTree.Element("annotation")
        filename = name or printable(Path(frame.name).name)
        ElementTree.SubElement(top, "filename").text = filename
        size = ElementTree.SubElement(top, "size")
        for side, value in (("width", width), ("height", height), ("depth", depth)):
            ElementTree.SubElement(size, side).text = str(value)
        for d in found:
            thing = ElementTree.SubElement(top, "object")
            ElementTree.SubElement(thing, "name").text = printable(d.name)
            if self.scores:
                ElementTree.SubElement(thing, "confidence").text = f"{d.confidence:.6f}"
            sides = ElementTree.SubElement(thing, "bndbox")
            x0, y0, x1, y1 = d.box  # VOC counts pixels from 1, and its last ones are inside
            for side, v in (("xmin", x0 + 1), ("ymin", y0 + 1), ("xmax", x1), ("ymax", y1)):
                ElementTree.SubElement(sides, side).text = f"{v:.8g}"
        self.folder.mkdir(exist_ok=True, parents=True)
        write_beside(free_file(self.folder, frame, name, ".xml"), ElementTree.tostring(top))


class Yolo(Writer):
    """A text file an image and classes.txt, as YOLO has them.

    A line a detection: class, x and y of the centre, width and height as shares of the image's,
    confidence.  scores: false leaves the last one out, as YOLO itself has lines to train on.
    """

    def __init__(self, folder: str | Path, classes: list[str], *, scores: bool = True) -> None:
        self.folder = Path(folder)
        self.scores = scores
        self.folder.mkdir(exist_ok=True, parents=True)
        names = "".join(f"{printable(name)}\n" for name in classes)
        write_beside(self.folder / "classes.txt", names.encode())

    def add(self, frame: "Frame", found: "list[Detection]", name: str | None = None) -> None:
        height, width = frame.image.shape[1:]
        lines = []
        for d in found:
            x0, y0, x1, y1 = d.box
            centre = (x0 + x1) / 2 / width, (y0 + y1) / 2 / height
            numbers = [*centre, (x1 - x0) / width, (y1 - y0) / height]
            numbers += [d.confidence] if self.scores else []
            lines.append(f"{d.label} " + " ".join(f"{v:.8f}" for v in numbers) + "\n")
        write_beside(free_file(self.folder, frame, name, ".txt"), "".join(lines).encode())


def free_file(folder: Path, frame: "Frame", name: str | None, ending: str) -> Path:
    """Return a file for the boxes on a frame: as the picture `name` is called, else as free."""
    if name:
        return folder / f"{Path(name).stem}{ending}"
    return free_name(folder / f"{stem_of(frame.name)}{ending}")

"""Writers: detections as JSON lines, CSV, COCO's JSON and EBLearn's bbox files. Each has add(frame,
found), close().
"""

import csv
import json
from pathlib import Path

from netkit.errors import NetkitError
from netkit.files import write_beside

KINDS = {1: "all", 2: "eblearn", 3: "caltech", 4: "class"}


class Lines:
    """detections.jsonl: a line an image, complete at every moment."""

    def __init__(self, path):
        self.path, self.file = path, open(path, "wb", buffering=0)  # noqa: SIM115

    def add(self, frame, found):
        rows = [
            {"class": d.name, "label": d.label, "confidence": d.confidence, "box": list(d.box)}
            for d in found
        ]
        for row, d in zip(rows, found, strict=True):
            if d.track is not None:
                row["track"] = d.track
        self.write(json.dumps({"image": frame.name, "detections": rows}) + "\n")

    def write(self, text):
        try:
            self.file.write(text.encode())
        except OSError as error:
            message = f"{self.path}: cannot be written ({error.strerror}): what stands there already is whole"
            raise NetkitError(message) from None

    def close(self):
        self.file.close()


class Csv(Lines):
    """detections.csv: a line a detection."""

    def __init__(self, path):
        super().__init__(path)
        self.write("image,class,confidence,x0,y0,x1,y1,track\n")

    def add(self, frame, found):
        rows = csv.writer(self, lineterminator="\n")
        for d in found:
            rows.writerow(
                [
                    frame.name,
                    d.name,
                    f"{d.confidence:.4f}",
                    *d.box,
                    "" if d.track is None else d.track,
                ]
            )


class Eblearn:
    """EBLearn's files, by the numbers of its bbox_saving.

    2 or eblearn: bbox.txt, `name height width class confidence x0 y0 x1 y1`;  3 or caltech: a file
    an image, `x0,y0,width,height,confidence`;  4 or class: classes.txt, `name; class`;  1 or all:
    all of them.
    """

    def __init__(self, folder, kind):
        numbers = {**{k: k for k in KINDS}, **{name: k for k, name in KINDS.items()}}
        if isinstance(kind, bool) or kind not in numbers:
            known = ", ".join(f"{k} ({name})" for k, name in KINDS.items())
            raise NetkitError(f"bbox_saving={kind}: there are 0 (none), {known}")
        kind = numbers[kind]
        self.folder = Path(folder)
        self.boxes = Lines(self.folder / "bbox.txt") if kind in (1, 2) else None
        self.classes = Lines(self.folder / "classes.txt") if kind in (1, 4) else None
        self.caltech = kind in (1, 3)

    def add(self, frame, found):
        height, width = frame.image.shape[1:]
        if self.boxes:
            for d in found:
                box = " ".join(f"{v:g}" for v in d.box)
                self.boxes.write(
                    f"{frame.name} {height} {width} {d.label} {d.confidence:.6f} {box}\n"
                )
        if self.caltech:
            rows = [
                (d.box[0], d.box[1], d.box[2] - d.box[0], d.box[3] - d.box[1], d.confidence)
                for d in found
            ]
            text = "".join(",".join(f"{v:g}" for v in row) + "\n" for row in rows)
            (self.folder / "caltech").mkdir(exist_ok=True)
            write_beside(self.folder / "caltech" / f"{Path(frame.name).name}.txt", text.encode())
        if self.classes:
            self.classes.write(f"{frame.name}; {found[0].label if found else -1}\n")

    def close(self):
        for lines in (self.boxes, self.classes):
            if lines:
                lines.close()


class Coco:
    """coco.json: the detections as a COCO data set of annotations with scores."""

    def __init__(self, path, classes):
        self.path, self.images, self.rows = path, [], []
        self.categories = [{"id": k, "name": name} for k, name in enumerate(classes)]

    def add(self, frame, found):
        height, width = frame.image.shape[1:]
        number = len(self.images) + 1
        self.images.append(
            {"id": number, "file_name": frame.name, "height": height, "width": width}
        )
        for d in found:
            x0, y0, x1, y1 = d.box
            box = {
                "bbox": [x0, y0, x1 - x0, y1 - y0],
                "area": (x1 - x0) * (y1 - y0),
                "iscrowd": 0,
                "score": d.confidence,
            }
            self.rows.append(
                {"id": len(self.rows) + 1, "image_id": number, "category_id": d.label, **box}
            )

    def close(self):
        whole = {"images": self.images, "annotations": self.rows, "categories": self.categories}
        write_beside(self.path, json.dumps(whole).encode())

"""Folders of annotated pictures as tools write them, for tests."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = 30, 20  # of each picture: width, height
BOX = 6.0, 4.0, 18.0, 14.0  # on each picture: x0, y0, x1, y1


def picture(path, size=SIZE, **more):
    """Write a picture; no two have the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros(size[::-1], np.uint8)
    picture.count += 1
    pixels.flat[:32] = np.frombuffer(picture.count.to_bytes(4, "big") * 8, np.uint8)
    Image.fromarray(pixels).save(path, **more)


picture.count = 0


def yolo_line(label=1, box=BOX, size=SIZE):
    """Return a line of YOLO's."""
    (x0, y0, x1, y1), (w, h) = box, size
    return f"{label} {(x0 + x1) / 2 / w} {(y0 + y1) / 2 / h} {(x1 - x0) / w} {(y1 - y0) / h}\n"


def write(path, text):
    """Write a text, and the folder for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def yolo(folder, stems, labels=None, text=None):
    """Write pictures into a folder and their text files into another one."""
    for stem in stems:
        picture(folder / f"{stem}.png")
        write((labels or folder) / f"{stem}.txt", yolo_line() if text is None else text)


def voc(folder, stems, pictures="", names=("dog",), box=BOX, filename=None):
    """Write XML files, and the pictures beside them or in a folder."""
    for stem in stems:
        picture(folder / pictures / f"{stem}.png")
        x0, y0, x1, y1 = box
        sides = f"<xmin>{x0 + 1}</xmin><ymin>{y0 + 1}</ymin><xmax>{x1}</xmax><ymax>{y1}</ymax>"
        things = "".join(
            f"<object><name>{n}</name><bndbox>{sides}</bndbox></object>" for n in names
        )
        name = filename or f"{stem}.png"
        write(
            folder / f"{stem}.xml",
            f"<annotation><filename>{name}</filename>{things}</annotation>",
        )


def coco(path, folder, names, *, boxes=(BOX,), images=None, categories=None, **more):
    """Write a COCO file and the pictures that it is about."""
    for name in names:
        picture(folder / name)
    rows = [
        {"id": 10 * k + n, "image_id": k, "category_id": 7, **as_bbox(box), **more}
        for k in range(len(names))
        for n, box in enumerate(boxes)
    ]
    w, h = SIZE
    found = [{"id": k, "file_name": n, "width": w, "height": h} for k, n in enumerate(names)]
    kinds = categories or [{"id": 3, "name": "cat"}, {"id": 7, "name": "dog"}]
    document = {"annotations": rows, "images": images or found, "categories": kinds}
    write(Path(path), json.dumps(document))
    return document


def as_bbox(box):
    """Return a box as COCO has it; a mapping stays as it is."""
    if isinstance(box, dict):
        return box
    x0, y0, x1, y1 = box
    return {"bbox": [x0, y0, x1 - x0, y1 - y0]}


# ---- whole layouts: each has a picture to train on, "a", and another, "b", to test on ----
def ultralytics(root):
    for part, stem in (("train", "a"), ("val", "b")):
        yolo(root / "images" / part, stem, root / "labels" / part)
    write(
        root / "data.yaml", "path: .\ntrain: images/train\nval: images/val\nnames: {0: cat, 1: dog}"
    )


def ultralytics_elsewhere(root):
    """Its path is of the machine where it was made."""
    ultralytics(root)
    text = "path: /nowhere/set\ntrain: images/train\nval: [images/val]\nnc: 2\nnames: [cat, dog]\n"
    write(root / "data.yaml", "\ufeff" + text.replace("\n", "\r\n"))


def roboflow_yolo(root):
    for part, stem in (("train", "a"), ("valid", "b")):
        yolo(root / part / "images", stem, root / part / "labels")
    text = (
        "train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnames: ['cat', 'dog']"
    )
    write(root / "data.yaml", text)


def yolo_lists(root):
    yolo(root / "images", "abc", root / "labels")
    write(root / "train.txt", "./images/a.png\r\n")
    write(root / "val.txt", "images/b.png\n\n")
    write(root / "set.yaml", "train: train.txt\nval: val.txt\nnames: [cat, dog]")


def yolo_folders(root):
    for part, stem in (("train", "a"), ("val", "b")):
        yolo(root / "images" / part, stem, root / "labels" / part)
    write(root / "classes.txt", "cat\ndog\n")


def darknet(root):
    yolo(root / "obj_train_data", "ab")
    write(root / "obj.names", "cat\ndog\n")
    write(root / "train.txt", "data/obj_train_data/a.png\n")
    write(root / "val.txt", "data/obj_train_data/b.png\n")


def pascal_voc(root):
    voc(root / "Annotations", "ab", "../JPEGImages", ("cat", "dog"))
    write(root / "ImageSets" / "Main" / "train.txt", "a\n")
    write(root / "ImageSets" / "Main" / "val.txt", "b\r\n")
    write(root / "ImageSets" / "Main" / "dog_val.txt", "b -1\n")


def voc_devkit(root):
    pascal_voc(root / "VOC2007")


def roboflow_voc(root):
    voc(root / "train", "a", names=("cat", "dog"))
    voc(root / "valid", "b", names=("dog",))


def coco_2017(root):
    for part, name in (("train", "a.png"), ("val", "b.png")):
        coco(root / "annotations" / f"instances_{part}2017.json", root / f"{part}2017", [name])
        coco(root / "annotations" / f"captions_{part}2017.json", root / f"{part}2017", [name])


def coco_images(root):
    for part, name in (("train", "a.png"), ("val", "b.png")):
        coco(root / f"{part}.json", root / "images" / part, [name])


def roboflow_coco(root):
    none = {"id": 0, "name": "pets", "supercategory": "none"}
    kinds = [none, {"id": 3, "name": "cat", "supercategory": "pets"}]
    kinds.append({"id": 7, "name": "dog", "supercategory": "pets"})
    for part, name in (("train", "a.png"), ("valid", "b.png")):
        path = root / part / "_annotations.coco.json"
        coco(path, root / part, [name], categories=kinds)


LAYOUTS = {
    "YOLO": [
        ultralytics,
        ultralytics_elsewhere,
        roboflow_yolo,
        yolo_lists,
        yolo_folders,
        darknet,
    ],
    "Pascal VOC": [pascal_voc, voc_devkit, roboflow_voc],
    "COCO": [coco_2017, coco_images, roboflow_coco],
}

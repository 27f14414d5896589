"""What netkit data show says of pictures with boxes, and the sheet that it draws."""

import numpy as np
from annotation_layouts import BOX, picture, ultralytics, write
from annotation_layouts import yolo_line as line
from PIL import Image

from netkit.annotations import read_annotated
from netkit.overview.annotated import annotated_lines
from netkit.overview.data import boxes_text
from netkit.overview.run import aligned
from netkit.pictures.box_sheet import CELL, chosen, draw_box_sheet
from netkit.pictures.boxes import COLOURS


def folder_of(root):
    """Write three pictures to train on, one of them without boxes, and one to test on."""
    ultralytics(root)
    picture(root / "images" / "train" / "c.png", size=(60, 40))
    larger = line(0, (0, 0, 30, 20), (60, 40)) + line(1, (2, 2, 12, 32), (60, 40))
    write(root / "labels" / "train" / "c.txt", larger)
    picture(root / "images" / "train" / "d.png")
    return read_annotated(root)


def test_lines(tmp_path):
    found = folder_of(tmp_path)
    assert aligned(annotated_lines(found, "pets")).splitlines() == [
        "data    YOLO, pets: 4 images, 1 of them without boxes",
        "parts   3 to train on, 1 to test on",
        "images  30x20 to 60x40, the median 30x20",
        "boxes   dog  3 (2 + 1)  12x10 to 10x30, the median 12x10",
        "        cat  1 (1 + 0)  30x20",
    ]
    assert "1 picture without annotation, taken for one without boxes" in found.notes[0]


def test_a_sheet(tmp_path):
    found = folder_of(tmp_path)
    sheet = np.asarray(draw_box_sheet(found, "pets"))
    for label in (0, 1):
        assert (sheet == COLOURS[label]).all(axis=2).sum() > 300
    zoom = min(CELL[0] / 30, CELL[1] / 20)  # of a.png, the first with a dog alone
    assert [row.path.stem for row in chosen(found.parts["train"], 2, 12)] == ["c", "a", "d"]
    dog = np.argwhere((sheet == COLOURS[1]).all(axis=2))
    left = 16 + CELL[0] + 12  # the second picture
    there = dog[(dog[:, 1] >= left) & (dog[:, 1] < left + CELL[0])]
    assert there[:, 1].min() == round(left + BOX[0] * zoom)
    assert there[:, 1].max() == round(left + BOX[2] * zoom) - 1
    assert np.ptp(there[:, 0]) + 1 == round((BOX[3] - BOX[1]) * zoom)


def test_classes_of_one_colour_are_named_on_their_boxes(tmp_path):
    found = folder_of(tmp_path)
    some = [row._replace(labels=row.labels * len(COLOURS)) for row in found.parts["train"]]
    names = [f"kind {k}" for k in range(len(COLOURS) + 1)]
    many = found._replace(classes=names, parts={"train": some, "val": []})
    coloured = (np.asarray(draw_box_sheet(many, "pets")) == COLOURS[0]).all(axis=2).sum()
    few = (np.asarray(draw_box_sheet(found, "pets")) == COLOURS[0]).all(axis=2).sum()
    assert coloured > few + 500  # the grounds of names


def test_a_sheet_of_a_damaged_picture(tmp_path):
    found = folder_of(tmp_path)
    path = found.parts["train"][0].path
    path.write_bytes(path.read_bytes()[:60])
    assert draw_box_sheet(found, "pets", "note", 1).width >= CELL[0]


def test_the_command(cli, tmp_path):
    folder_of(tmp_path / "pets")
    done = cli("data", "show", "pets", "--columns", "2")
    assert "boxes   dog  3 (2 + 1)" in done.stdout
    assert "netkit: 1 picture without annotation" in done.stderr
    with Image.open(tmp_path / "pets-sheet.png") as sheet:
        assert sheet.mode == "RGB"
    done = cli("data", "show", "pets/data.yaml")
    assert "data    YOLO, pets/data.yaml: 4 images" in done.stdout


def test_the_opening_of_a_run_says_how_large_boxes_are():
    labels = np.full((3, 2, 5), -1, np.float32)
    labels[0] = [[0, 0, 0, 10, 20], [1, 5, 5, 35, 25]]
    labels[1, 0] = [1, 1, 1, 13, 11]
    assert boxes_text(labels) == (
        "3 to train on, 12x10 to 30x20, the median 10x20 pixels; images without boxes: 1"
    )
    assert boxes_text(labels[:1, :1]) == "1 to train on, 10x20 pixels"

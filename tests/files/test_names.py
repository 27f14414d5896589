"""Names of strangers, as parts of paths, on the terminal, in logs and in CSV."""

import csv
import json
import logging
import os
from pathlib import Path

import numpy as np
import pytest

from netkit.annotations import read_annotated
from netkit.annotations.layout import Tree
from netkit.annotations.voc import read_voc
from netkit.annotations.writing import Voc, Yolo
from netkit.detection.bbox_files import BboxFiles
from netkit.detection.detector import Detection
from netkit.detection.drawings import Annotator, Crops, Pictures
from netkit.detection.writers import Csv
from netkit.errors import NetkitError
from netkit.files.names import inside, safe_part, stem_of
from netkit.files.sources import Frame
from netkit.files.text import LogFormatter, csv_cell, printable

HOSTILE = [
    "/elsewhere/abs",
    "../../../elsewhere/rel",
    "..",
    ".",
    "",
    " ",
    "a\0b",
    "a/b",
    "a\\b",
    "a_b",
    "a:b",
    "x" * 5000,
    "x" * 5001,
    "é" * 300,
    "con",
    "NUL.txt",
    "~root",
    ".hidden",
    "end.",
    "end ",
    "end",
    "\x1b]0;owned\x07",
    "\u202egnp.exe",
    "\udcff",
    "-rf",
]
SAFE = ["cat", "7", "a_b", "two words", "größe", "猫", "clip-00003", "v1.2", "~root", "-rf"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_part_stays_in_its_folder(tmp_path, name):
    part = safe_part(name)
    folder = tmp_path / "in"
    path = folder / part
    assert path.parent == folder
    assert part == os.path.basename(os.path.normpath(path))
    path.mkdir(parents=True)
    assert [p.name for p in folder.iterdir()] == [part]
    assert len(part.encode()) < 120
    assert printable(part) == part
    assert part.lower() not in ("con", "nul.txt")


def test_names_stay_as_they_are_or_stay_distinct():
    assert [safe_part(name) for name in SAFE] == SAFE
    names = HOSTILE + [safe_part(name) for name in HOSTILE if safe_part(name) != name]
    assert len({safe_part(name) for name in names}) == len(names)
    assert stem_of("in/clip.mp4[3]") == "clip-00003"
    assert stem_of("a.png[" + "9" * 5000 + "]") == "a"


def found(name):
    return [Detection(0, name, 0.9, (1.0, 1.0, 9.0, 9.0))]


@pytest.mark.parametrize("name", HOSTILE)
def test_writers_stay_in_their_folder(tmp_path, name):
    out = tmp_path / "deep" / "er" / "out"
    out.mkdir(parents=True)
    frame = Frame(f"in/{name}.png", np.full((1, 12, 12), 50, np.uint8))
    annotated = Annotator(bbox_show_class=False)
    for writer in (
        Crops(out / "crops", (8, 8)),
        Pictures(out, annotated),
        Voc(out / "voc"),
        Yolo(out / "yolo", [name]),
        BboxFiles(out, 1),
        Csv(out / "detections.csv"),
    ):
        writer.add(frame, found(name))
        writer.close()
    files = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert all(p.is_relative_to(out) for p in files)
    kinds = {p.relative_to(out).parts[0] for p in files}
    assert kinds >= {"crops", "voc", "yolo", "caltech", "bbox.txt", "classes.txt"}
    assert not Path("/elsewhere").exists()
    assert len((out / "yolo" / "classes.txt").read_text().splitlines()) == 1
    if len(name) > 200:
        with pytest.raises(NetkitError, match="longer than"):
            read_annotated(out / "voc")
        return
    xmls = sorted((out / "voc").iterdir())
    classes = read_voc(xmls, Tree(out / "voc")).classes
    assert classes in ([name], [name.strip()], [printable(name).strip()])


def test_control_characters_are_spelt_out():
    text = "\x1b]0;title\x07 a\nb \u202e \x9b \udcff"
    assert printable(text) == r"\x1b]0;title\x07 a\nb \u202e \x9b \udcff"
    assert printable("a\n\x1bb", lines=True) == "a\n\\x1bb"
    assert printable("größe 猫 👩‍👧") == "größe 猫 👩‍👧"
    record = logging.LogRecord(
        "netkit", logging.WARNING, "", 0, "one\n%s: %d %s", ("\x1b\n", 3, NetkitError("\7")), None
    )
    assert LogFormatter("%(message)s").format(record) == "one\n\\x1b\\n: 3 \\x07"


def test_cells_are_no_formulas(tmp_path):
    for text in ("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx"):
        assert str(csv_cell(text)).startswith("'")
    assert csv_cell(-1.5) == -1.5
    assert csv_cell("cat") == "cat"
    table = Csv(tmp_path / "d.csv")
    table.add(Frame("@a,b.png", np.zeros((1, 12, 12))), found("=1+1"))
    table.close()
    rows = list(csv.reader((tmp_path / "d.csv").read_text().splitlines()))
    assert rows[1][:2] == ["'@a,b.png", "'=1+1"]


@pytest.mark.parametrize("name", ["../a.png", "/etc/passwd", "x/../../a.png", "a\0.png", "."])
def test_annotations_name_files_of_their_folder(tmp_path, name):
    with pytest.raises(NetkitError, match="leads out of") as caught:
        inside(tmp_path, name, "file_name")
    assert "\n" not in str(caught.value)
    data = {"images": [{"id": 1, "file_name": name}], "categories": [], "annotations": []}
    (tmp_path / "coco.json").write_text(json.dumps(data))
    with pytest.raises(NetkitError, match="leads out of"):
        read_annotated(tmp_path)
    assert inside(tmp_path, "train/a.png", "") == tmp_path / "train" / "a.png"
    assert inside(tmp_path, f"{tmp_path}/a.png", "") == tmp_path / "a.png"


def test_the_terminal_gets_no_control_characters(cli, tmp_path):
    done = cli("detect", "input=\x1b]0;owned\x07nowhere", code=1)
    assert "\x1b" not in done.stderr + done.stdout
    picture = tmp_path / "\x1b[31mred\nline.png"
    picture.write_bytes(b"no picture")
    done = cli("detect", "input=.", code=1)
    assert r"skipped: \x1b[31mred\nline.png" in done.stderr
    assert "\x1b" not in done.stderr + done.stdout
    log = next((tmp_path / "outputs").rglob("*.log")).read_text()
    assert "\x1b" not in log
    assert r"red\nline.png" in log

"""netkit detect and netkit evaluate through the command line: sources, outputs, bad input."""

import csv
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netkit.annotations import read_annotated
from netkit.annotations.writing import Coco
from netkit.config.compose import compose
from netkit.detection.detector import Detection
from netkit.files.sources import Frame
from netkit.plugins.scenes.digit_scenes import DigitScenes

ROOT = Path(__file__).parents[2]
SIZE = 120, 160


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """A folder with three scenes and an animation of two."""
    folder, made = (
        tmp_path_factory.mktemp("scenes"),
        DigitScenes(count=3, size=SIZE, digits=(2, 4), clutter=0, seed=1),
    )
    pictures = [Image.fromarray(scene.image[0]) for scene in made]
    truth = Coco(folder / "annotations.json", made.classes)
    for k, (picture, scene) in enumerate(zip(pictures, made, strict=True)):
        picture.save(folder / f"{k}.png")
        pairs = zip(scene.labels.tolist(), scene.boxes.tolist(), strict=True)
        there = [Detection(label, str(label), 1.0, tuple(box)) for label, box in pairs]
        truth.add(Frame(f"{k}.png", scene.image), there)
    truth.close()
    pictures[0].save(folder / "film.gif", save_all=True, append_images=pictures[1:2])
    return folder


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("form", ["yolo", "voc", "coco"])
def test_a_set_for_labelling_tools(cli, tmp_path, scenes, form):
    """What is written is shown whole: all pictures, all boxes, no class of background."""
    words = f"input={scenes}", "file_pattern=png", f"save_set={form}", "hydra.run.dir=out"
    cli("detect", *words, "save_images=false")
    done = cli("data", "show", "out/set")
    assert "3 images" in done.stdout
    assert "background" not in done.stdout + done.stderr
    there = read_annotated(tmp_path / "out" / "set", share=0).parts["train"]
    for row, seen in zip(there, lines(tmp_path / "out" / "detections.jsonl"), strict=True):
        boxes = np.array(sorted(d["box"] for d in seen["detections"])).reshape(-1, 4)
        assert len(boxes)
        np.testing.assert_allclose(sorted(row.boxes.tolist()), boxes, atol=1e-4)
    cli("detect", f"input={scenes}", "save_set=other", code=1)


def test_all_outputs(cli, tmp_path, scenes):
    """No weights named: the detector that netkit carries; every file holds the same detections."""
    switches = (
        "save_csv=true",
        "save_coco=true",
        "save_voc=true",
        "save_yolo=true",
        "bbox_saving=1",
        "save_detections=true",
        "track=true",
    )
    done = cli("detect", f"input={scenes}", "file_pattern=png|gif", *switches, "hydra.run.dir=out")
    out = tmp_path / "out"
    rows = lines(out / "detections.jsonl")
    assert [os.path.basename(row["image"]) for row in rows] == [
        "film.gif[0]",
        "film.gif[1]",
        "0.png",
        "1.png",
        "2.png",
    ]
    found = [d for row in rows for d in row["detections"]]
    assert len(found) >= 10
    assert done.stdout.count(") box ") == len(found)
    table = list(csv.DictReader((out / "detections.csv").read_text().splitlines()))
    assert [row["class"] for row in table] == [d["class"] for d in found]
    coco = json.loads((out / "coco.json").read_text())
    assert len(coco["annotations"]) == len(found)
    yolo = [path.read_text() for path in (out / "yolo").glob("[!c]*.txt")]
    assert sum(map(len, map(str.splitlines, yolo))) == len(found)
    voc = [path.read_text() for path in (out / "voc").iterdir()]
    assert sum(text.count("<object>") for text in voc) == len(found)
    assert len((out / "bbox.txt").read_text().splitlines()) == len(found)
    assert len(list((out / "caltech").iterdir())) == 5
    assert len((out / "classes.txt").read_text().splitlines()) == 5
    assert len(list((out / "crops" / "original").rglob("*.png"))) == len(found)
    seen = next((out / "crops" / "seen").rglob("*.png"))
    with Image.open(seen) as picture:
        assert picture.size == (28, 28)
    assert sorted(p.name for p in out.glob("*.png")) == [
        "0.png",
        "1.png",
        "2.png",
        "film-00000.png",
        "film-00001.png",
    ]
    assert all(isinstance(d["track"], int) for d in found)


def test_evaluate(cli, tmp_path, scenes):
    done = cli("evaluate", "data=annotated", f"root={scenes}", "hydra.run.dir=out")
    summary = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert summary["images"] == 3
    assert summary["mAP@0.5"] > 0.6
    assert f"mAP@0.5={summary['mAP@0.5']:.4f}" in done.stdout
    assert (
        (tmp_path / "out" / "curves.csv")
        .read_text()
        .startswith("class,confidence,recall,precision\n")
    )
    with Image.open(tmp_path / "out" / "curves.png") as picture:
        assert len(np.unique(np.asarray(picture.convert("L")))) > 50, "nothing is drawn"


def test_ink_on_paper(cli, tmp_path):
    """Dark digits on an unevenly lit ground: the carried detector finds them, unless told to take
    it as it is.
    """
    scene = DigitScenes(size=SIZE, digits=(2, 4), clutter=0, texture=0, seed=1).scene(0)
    paper = np.linspace(190, 170, SIZE[1]) - 0.6 * scene.image[0].astype(float)
    Image.fromarray(paper.clip(0, 255).astype(np.uint8)).save(tmp_path / "paper.png")
    cli("detect", "input=paper.png", "hydra.run.dir=out")
    found = lines(tmp_path / "out" / "detections.jsonl")[0]["detections"]
    assert sorted(int(d["class"]) for d in found) == sorted(scene.labels.tolist())
    as_it_is = cli("detect", "input=paper.png", "invert=false").stdout
    assert not any(f"paper.png: {k} (1.00)" in as_it_is for k in scene.labels)
    assert "invert=maybe: there are" in cli("detect", "invert=maybe", code=1).stderr


def test_list_stdin_and_part_of_an_image(cli, tmp_path, scenes):
    (tmp_path / "list.txt").write_text(f"# a comment\n{scenes}/1.png\n{scenes}/0.png\n")
    cli("detect", "input_list=list.txt", "input_npasses=2", "hydra.run.dir=a", "save_images=false")
    assert [row["image"][-5:] for row in lines(tmp_path / "a" / "detections.jsonl")] == [
        "1.png",
        "0.png",
    ] * 2
    cli(
        "detect",
        f"input={scenes}/0.png",
        "input_crop=[20,30,90,100]",
        "hydra.run.dir=b",
        "input_height=180",
    )
    for d in lines(tmp_path / "b" / "detections.jsonl")[0]["detections"]:
        x0, y0, x1, y1 = d["box"]
        assert 30 <= x0 < x1 <= 130
        assert 20 <= y0 < y1 <= 110
    command = [sys.executable, "-m", "netkit.cli", "detect", "input=-", "hydra.run.dir=c"]
    with open(scenes / "0.png", "rb") as picture:
        done = subprocess.run(
            command, stdin=picture, cwd=tmp_path, capture_output=True, text=True, check=True
        )
    assert done.stdout.startswith("stdin: ")


def test_video_in_and_out(cli, tmp_path, scenes):
    cv2 = pytest.importorskip("cv2")
    film = cv2.VideoWriter(
        str(tmp_path / "film.avi"), cv2.VideoWriter_fourcc(*"FFV1"), 10, SIZE[::-1]
    )
    picture = cv2.imread(str(scenes / "0.png"))
    for _ in range(4):
        film.write(picture)
    film.release()
    words = (
        "input=film.avi",
        "skip_frames=1",
        "save_video=true",
        "track=true",
        "save_images=false",
        "hydra.run.dir=out",
    )
    cli("detect", *words)
    rows = lines(tmp_path / "out" / "detections.jsonl")
    assert [row["image"] for row in rows] == ["film.avi[0]", "film.avi[2]"]
    tracks = [{d["track"] for d in row["detections"]} for row in rows]
    assert tracks[0]
    assert tracks[0] == tracks[1]  # a still film: the same objects
    made = cv2.VideoCapture(str(tmp_path / "out" / "detections.mp4"))
    assert int(made.get(cv2.CAP_PROP_FRAME_COUNT)) == 2


def test_a_net_without_background_is_warned_about(cli, tmp_path):
    cli("train", "arch=mlp", "iterations=1", "train_size=64", "val_size=64", "hydra.run.dir=run")
    done = cli("detect", "weights=run", "scaling_type=step", "hydra.run.dir=out")
    assert "this net knows no background, so it answers everywhere" in done.stderr
    one = cli("detect", "weights=run", "hydra.run.dir=one")
    assert one.stderr == ""
    assert all("box 0,0,28,28" in line for line in one.stdout.splitlines()[:10])


def test_a_gain_that_the_net_applies_itself_is_warned_about(cli, trained_run):
    """As EBLearn's files have it: input_gain = data_coeff."""
    done = cli("detect", f"weights={trained_run}", "input_gain=0.01")
    assert "input_gain=0.01: this net multiplies its pixels by 0.01 itself" in done.stderr
    assert cli("detect", f"weights={trained_run}", "input_gain=0.02").stderr == ""


def test_a_pause_without_a_window(tmp_path):
    """next_on_key alone: the terminal waits for the key, and q ends."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-u", "-m", "netkit.cli", "detect", "next_on_key=n"]
    env = {**os.environ, "DISPLAY": "", "WAYLAND_DISPLAY": ""}
    output = tmp_path / "output.txt"

    def images():
        return sum(".png: " in line for line in output.read_text().splitlines())

    with open(output, "w") as file:
        run = subprocess.Popen(command, cwd=tmp_path, env=env, stdin=theirs, stdout=file)

    def press_until(key, done):
        for _ in range(600):
            if done():
                return
            os.write(ours, key)  # again and again: what comes before the prompt is dropped
            time.sleep(0.2)
        raise AssertionError(output.read_text())

    try:
        press_until(b"", images)
        for _ in range(5):  # another key, and some time
            os.write(ours, b"x")
            time.sleep(0.2)
        assert images() == 1
        press_until(b"n", lambda: images() > 1)
        press_until(b"q", lambda: run.poll() is not None)
    finally:
        run.kill()
        os.close(ours)
        os.close(theirs)
    assert run.returncode == 0
    assert 2 <= images() < 10
    assert output.read_text().splitlines()[-1].startswith(f"{images()} images, 0 skipped")


def test_a_pause_that_nobody_can_end_is_left_out(cli):
    done = cli("detect", "next_on_key=n", DISPLAY="", WAYLAND_DISPLAY="")
    assert "next_on_key=n: there is no display and no terminal to press it: no pause" in done.stderr
    assert "10 images" in done.stdout


BAD = [
    (["scaling_type=8"], "scaling_type=8: there are 0 (manual)"),
    (["nms=9"], "nms=9: there are 0 (threshold)"),
    (["max_overlap=2"], "max_overlap=2: give a number from 0 to 1"),
    (["class_threshold={x: 1}"], "class_threshold: there is no class x"),
    (["mask_class=[12]"], "mask_class=12: there is no such class"),
    (["background_name=sky"], "background_name=sky"),
    (["bbox_saving=5"], "bbox_saving=5"),
    (["smoothing=3"], "smoothing=3"),
    (["camera=77"], "camera77: no such camera answers"),
    (["input_list=/nowhere"], "input_list=/nowhere: cannot be read"),
    (['file_pattern="("'], "file_pattern=(: is no regular expression"),
    (["input_crop=5"], "input_crop=5: give [y, x, height, width] in pixels"),
    (["input_crop=[900,900,5,5]"], "input_crop=[900, 900, 5, 5]: lies outside"),
]


@pytest.mark.parametrize(("words", "message"), BAD, ids=[w[0] for w, _ in BAD])
def test_bad_words(cli, words, message):
    if "camera" in words[0]:
        pytest.importorskip("cv2")
    done = cli("detect", *words, code=1)
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_loses_nothing_that_was_found(tmp_path):
    from netkit.detection.writers import Lines
    from netkit.errors import NetkitError

    if not os.path.exists("/dev/full"):
        pytest.skip("needs /dev/full")
    frame, found = Frame("a.png", np.zeros((1, 8, 8))), [Detection(1, "1", 0.5, (0, 0, 4, 4))]
    lines = Lines("/dev/full")
    with pytest.raises(
        NetkitError, match=r"No space left on device.*: what stands there already is whole"
    ):
        lines.add(frame, found)
    lines.close()


EBLEARN = [
    "input_gain",
    "input_min",
    "input_max",
    "input_crop",
    "input_height",
    "input_width",
    "hzpad",
    "wzpad",
    "scaling_remove_pad",
    "pre_threshold",
    "post_threshold",
    "pre_hfact",
    "pre_wfact",
    "post_hfact",
    "post_wfact",
    "max_overlap",
    "max_hcenter_dist",
    "max_wcenter_dist",
    "vote_max_overlap",
    "bbox_decision",
    "bbox_scalings",
    "bbox_ignore_outsiders",
    "bbox_show_class",
    "bbox_show_conf",
    "corners_inference",
    "background_name",
    "smoothing",
    "smoothing_kernel",
    "mask_class",
    "skip_frames",
    "input_list",
    "input_random",
    "input_npasses",
    "file_pattern",
    "nthreads",
    "save_detections",
    "save_max",
    "save_max_per_frame",
    "save_video",
    "bbox_saving",
    "scaling_type",
    "nms",
]


def test_eblearns_variables_have_a_row():
    text = (
        (ROOT / "docs" / "eblearn.md")
        .read_text()
        .split("## detect: variables")[1]
        .split("\n## ")[0]
    )
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*?) \|", text, re.M))
    known = compose("train") | compose("train", ["data=digits_background"]) | compose("detect")
    for name in EBLEARN:
        assert name in rows
    for name, here in rows.items():
        assert here == "not here" or here.strip("`") in known, name


@pytest.mark.parametrize("word", ["data.x=1", "optimizer.eta=1", "lr=1"])
def test_a_word_of_another_command_is_refused(cli, word):
    said = cli("detect", word, code=1).stderr
    assert said.startswith(f"netkit: {word.split('=')[0]}: there is no such variable")

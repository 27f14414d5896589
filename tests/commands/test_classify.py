"""netkit classify and netkit evaluate data=... on the command line, from a folder of pictures."""

import csv
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import netkit
from netkit.errors import NetkitError
from netkit.training.checkpoint import Checkpoint

NAMES = "disc", "square", "stripes"
TRAIN = ["data=folder", "data.size=16", "arch=linear", "energy=cross_entropy", "report=false"]


def draw(kind, rng):
    """Return a picture of one of NAMES, light on dark, of a random size and place."""
    height, width = rng.integers(20, 44, 2)
    y, x = np.mgrid[:height, :width] - np.array([height, width])[:, None, None] / 2
    radius = rng.uniform(5, 9)
    shape = {
        "disc": np.hypot(y, x) < radius,
        "square": np.maximum(abs(y), abs(x)) < radius,
        "stripes": (x // 3) % 2 < 1,
    }[kind]
    pixels = 40 + 150 * shape + rng.normal(0, 12, shape.shape)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with `pictures` of three classes, `others` to test on, and a run."""
    home = tmp_path_factory.mktemp("home")
    rng = np.random.default_rng(0)
    for root, many in (("pictures", 60), ("others", 20)):
        for name in NAMES:
            (home / root / name).mkdir(parents=True)
            for k in range(many):
                draw(name, rng).save(home / root / name / f"{k}.png")
    run(home, "train", *TRAIN, "root=pictures", "iterations=4", "hydra.run.dir=run")
    run(home, "data", "compile", "pictures", "compiled", "--size", "16", "16")
    return home


def run(home, *words, code=0, input=None):
    env = {**os.environ, "NETKIT_CACHE": str(home / "cache")}
    command = [sys.executable, "-m", "netkit.cli", *words]
    done = subprocess.run(command, cwd=home, capture_output=True, env=env, input=input, timeout=300)
    out, err = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == code, f"exit {done.returncode}\n{out}\n{err}"
    return out, err


def rows_of(folder):
    return [json.loads(line) for line in (folder / "answers.jsonl").read_text().splitlines()]


def test_class_folders_are_measured(home):
    out, err = run(home, "classify", "weights=run", "input=others", "top=2", "hydra.run.dir=c1")
    assert err == ""
    rows, measured = rows_of(home / "c1"), json.loads((home / "c1/evaluation.json").read_text())
    right = [row["class"] == row["truth"] for row in rows]
    assert measured["images"] == len(rows) == 60
    assert measured["accuracy"] == pytest.approx(np.mean(right))
    assert measured["accuracy"] > 0.6
    assert all(row["truth"] == Path(row["image"]).parent.name for row in rows)
    table = list(csv.DictReader((home / "c1/answers.csv").read_text().splitlines()))
    for row, line in zip(rows, table, strict=True):
        (first, second) = row["top"]
        assert (line["class"], line["class2"]) == (first["class"], second["class"])
        assert float(line["confidence2"]) == pytest.approx(second["confidence"], abs=1e-4)
        assert (line["image"], line["truth"]) == (row["image"], row["truth"])
    lines = out.splitlines()
    assert sum(", is " in line for line in lines[:60]) == 60 - sum(right)
    assert f"{100 * np.mean(right):.2f} % right" in out
    assert lines[-1].startswith("60 images, 0 skipped: ")
    with Image.open(home / "c1/confusion.png") as picture:
        assert len(np.unique(np.asarray(picture.convert("L")))) > 20, "nothing is drawn"
    assert (home / "c1/errors.png").is_file() == (not all(right))


def test_evaluate_measures_what_was_kept_for_testing(home):
    """The same number as the best iteration of the run; and of another folder, all of it."""
    out, _ = run(home, "evaluate", "data=folder", "weights=run", "hydra.run.dir=e1")
    measured = json.loads((home / "e1/evaluation.json").read_text())
    rows = Checkpoint.load(home / "run").meta["rows"]
    assert 100 * measured["accuracy"] == pytest.approx(max(r["test_correct"] for r in rows))
    assert measured["images"] == 36
    assert "pictures, the part to test on" in out
    run(home, "evaluate", "data=folder", "weights=run", "root=others", "hydra.run.dir=e2")
    other = json.loads((home / "e2/evaluation.json").read_text())
    run(home, "classify", "weights=run", "input=others", "hydra.run.dir=c2")
    assert other == json.loads((home / "c2/evaluation.json").read_text())
    words = "root=others", "data.val_share=0.5", "hydra.run.dir=e3"
    run(home, "evaluate", "data=folder", "weights=run", *words)
    assert json.loads((home / "e3/evaluation.json").read_text())["images"] == 30
    words = "part=train", "train_size=7", "hydra.run.dir=e4"
    run(home, "evaluate", "data=folder", "weights=run", *words)
    assert json.loads((home / "e4/evaluation.json").read_text())["images"] == 7
    _, err = run(home, "evaluate", "data=synthetic", "weights=run", code=1)
    assert "the net's classes are disc, square, stripes" in err  # `classes` of evaluate is not its


def test_evaluate_a_compiled_folder(home):
    """data=files: the arrays that data=folder keeps, and so the same answers."""
    run(home, "evaluate", "data=files", "weights=run", "root=compiled", "hydra.run.dir=f1")
    run(home, "evaluate", "data=folder", "weights=run", "hydra.run.dir=f2")
    one, two = (json.loads((home / f"f{k}/evaluation.json").read_text()) for k in (1, 2))
    assert one["confusion"] == two["confusion"]
    files = [row["image"] for row in rows_of(home / "f2")]
    assert [row["image"] for row in rows_of(home / "f1")] == [
        Path(name).relative_to(home / "pictures").as_posix() for name in files
    ]
    words = "part=train", "hydra.run.dir=f3", "print_answers=true", "limit_classes=[square]"
    out, _ = run(home, "evaluate", "data=files", "weights=run", "root=compiled", *words)
    assert out.startswith("train[0]: ")
    assert "48 images in 3 classes" in out


def test_evaluate_mnist(cli, tmp_path, trained_run):
    """As many samples as the run tested on, and the result of its best iteration."""
    cli("evaluate", "data=mnist", f"weights={trained_run}", "hydra.run.dir=out")
    measured = json.loads((tmp_path / "out/evaluation.json").read_text())
    rows = Checkpoint.load(trained_run).meta["rows"]
    assert measured["images"] == 200
    assert 100 * measured["accuracy"] == pytest.approx(max(r["test_correct"] for r in rows))
    cli("evaluate", "data=mnist", f"weights={trained_run}", "val_size=50", "hydra.run.dir=few")
    assert json.loads((tmp_path / "few/evaluation.json").read_text())["images"] == 50
    words = "limit_classes=[3,4,5]", "hydra.run.dir=some"
    cli("evaluate", "data=mnist", f"weights={trained_run}", *words)
    classes = json.loads((tmp_path / "some/evaluation.json").read_text())["classes"]
    assert [name for name, row in classes.items() if row["images"]] == ["3", "4", "5"]


def test_python_answers_alike(home):
    model = netkit.load(home / "run")
    run(home, "classify", "weights=run", "input=others", "hydra.run.dir=p1")
    rows = rows_of(home / "p1")
    answers = model.classify([home / row["image"] for row in rows])
    assert [answer.name for answer in answers] == [row["class"] for row in rows]
    assert [a.confidence for a in answers] == pytest.approx([row["confidence"] for row in rows])


def test_standard_input_and_lists(home):
    path = home / "others" / "disc" / "0.png"
    out, _ = run(home, "classify", "weights=run", "input=-", input=path.read_bytes())
    assert out.startswith("stdin: ")
    _, (answer, *_) = out.splitlines()[0].split(": ")[0], out.splitlines()[0].split(": ")[1:]
    listed = b"others/disc/0.png\nothers/square/1.png\n"
    out, _ = run(home, "classify", "weights=run", "input=-", input=listed)
    assert out.splitlines()[0] == f"others/disc/0.png: {answer}"
    (home / "names.txt").write_bytes(listed)
    out, _ = run(home, "classify", "weights=run", "input=names.txt")
    assert out.splitlines()[0] == f"others/disc/0.png: {answer}"
    assert out.splitlines()[2].startswith("2 images, 0 skipped: ")
    assert "right" not in out


def test_unreadable_images_and_strange_folders(home, tmp_path):
    shutil.copytree(home / "others", tmp_path / "mixed")
    (tmp_path / "mixed/disc/3.png").write_bytes(b"no picture")
    (tmp_path / "mixed/stripes").rename(tmp_path / "mixed/Stripes")
    Image.new("L", (1, 1), 200).save(tmp_path / "mixed/square/1.png")
    words = "weights=run", f"input={tmp_path / 'mixed'}", "hydra.run.dir=u1"
    out, err = run(home, "classify", *words, code=1)
    first, second, last = err.splitlines()
    assert first.endswith(
        "mixed: Stripes: no class of this net (disc, square, stripes): answered and not measured"
    )
    assert "skipped: " in second
    assert "3.png: cannot be read as an image" in second
    assert last == "netkit: 1 of 60 images could not be read: they are named above"
    assert len(rows_of(home / "u1")) == 59
    assert json.loads((home / "u1/evaluation.json").read_text())["images"] == 39
    assert "59 images, 1 skipped: " in out


def test_the_images_it_was_trained_on(home):
    _, err = run(home, "classify", "weights=run", "input=pictures", "print_answers=false")
    assert "pictures: the net was trained on images of this folder" in err
    assert err.count("\n") == 1


WRONG = [
    (["classify", "input=others"], "weights=null: name a trained net: weights=outputs/DATE/TIME"),
    (["classify", "weights=nowhere", "input=others"], "nowhere: there is no such file"),
    (["classify", "weights=run"], "input=null: name what to answer"),
    (["classify", "weights=run", "input=gone"], "input=gone: there is no such file, folder or"),
    (["classify", "weights=run", "input=others", "classes=[a,b]"], "classes=['a', 'b']: 2 names"),
    (["classify", "weights=run", "input=others", "classes=c.txt"], "classes=c.txt: 4 names for a"),
    (["classify", "weights=run", "input=others", "classes=x.txt"], "x.txt: there is no such file"),
    (["classify", "weights=run", "input=others", "top=0"], "top=0: give a whole number from 1"),
    (["classify", "weights=run", "input=others", "fit=squeeze"], "fit=squeeze: there are pad"),
    (["classify", "weights=run", "input=others", "part=test"], "part=test: there are val, train"),
    (["classify", "photo.png"], "photo.png: is no setting: write input=photo.png"),
    (["evaluate", "data=folder"], "weights=null: name a trained net"),
    (["evaluate", "data=folder", "weights=run", "root=gone"], "root=gone: there is no such folder"),
    (["evaluate", "data=folder", "weights=run", "root=run"], "root=run: no folder of images there"),
    (["evaluate", "data=folder", "weights=run", "data.size=9"], "data.size: images are brought to"),
    (
        ["evaluate", "data=folder", "weights=run", "data.val_share=0"],
        "data.val_share=0.0 leaves none of",
    ),
    (["evaluate", "data=mnist", "weights=run"], "the net's classes are disc, square, stripes"),
    (["evaluate", "data=files", "weights=run"], "data: train=null: name the file of the images"),
]


@pytest.mark.parametrize(("words", "said"), WRONG, ids=[" ".join(words) for words, _ in WRONG])
def test_wrong_words(home, words, said):
    (home / "c.txt").write_text("a\nb\nc\nd\n")
    _, err = run(home, *words, "hydra.run.dir=wrong", code=1)
    assert said in err
    assert err.splitlines()[-1].startswith("netkit: ")
    assert "Traceback" not in err
    assert not (home / "wrong").exists()


def test_other_names_of_the_classes(home):
    (home / "n.txt").write_text("round\nsquare\nzebra\n")
    out, err = run(home, "classify", "weights=run", "input=others", "classes=n.txt")
    assert "others: disc, stripes: no class of this net (round, square, zebra)" in err
    assert "20 images in 3 classes" in out


def test_a_detector(home):
    from netkit.build.detector import PACKAGED

    words = f"weights={PACKAGED}", "input=others/disc/1.png"
    out, err = run(home, "classify", *words)
    assert "this net knows background, so it is for finding things in whole images: " in err
    assert f"netkit detect weights={PACKAGED}" in err
    assert out.startswith("others/disc/1.png: ")


def test_a_net_of_other_numbers(home, tmp_path):
    checkpoint = Checkpoint.load(home / "run")
    checkpoint.meta["images"]["pixels"] = "numbers"
    checkpoint.save(tmp_path / "a.safetensors")
    words = f"weights={tmp_path / 'a.safetensors'}", "input=others/disc/1.png"
    assert "trained on numbers outside of 0..255" in run(home, "classify", *words)[1]
    checkpoint.meta["images"] = 3
    checkpoint.save(tmp_path / "b.safetensors")
    with pytest.raises(NetkitError, match="images is 3: it is a mapping of how images are fitted"):
        netkit.load(tmp_path / "b.safetensors")


def test_the_page(home, tmp_path, trained_run, monkeypatch):
    """Every command of docs/classify.md runs as written, and its Python, in a folder of its own."""
    text = (Path(__file__).parents[2] / "docs" / "classify.md").read_text()
    shutil.copytree(home / "pictures", tmp_path / "photos")
    shutil.copytree(home / "others", tmp_path / "tests")
    shutil.copytree(home / "others" / "disc", tmp_path / "new")
    Image.new("L", (50, 40), 90).save(tmp_path / "new.jpg")
    Image.new("L", (50, 40), 90).save(tmp_path / "new" / "2.jpg")
    (tmp_path / "names.txt").write_text("new.jpg\nnew/2.jpg\n")
    shutil.copytree(home / "run", tmp_path / "outputs" / "DATE" / "TIME")
    shutil.copytree(home / "compiled", tmp_path / "compiled")
    ran = 0
    for block in re.findall(r"```bash\n(.*?)```", text, re.S):
        for line in block.splitlines():
            line = line.split("  #")[0].replace("DIGITS", str(trained_run))
            line = line.replace("OUTPUTS", str(home / "run")).replace(
                "iterations=30", "iterations=1"
            )
            python = f"{shlex.quote(sys.executable)} -m netkit.cli "
            line = line.replace("netkit ", python) + " hydra.run.dir=page"
            env = {**os.environ, "NETKIT_CACHE": str(home / "cache")}
            done = subprocess.run(
                line, shell=True, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=300
            )
            assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
            assert (tmp_path / "page" / "answers.jsonl").is_file() or " train " in line
            shutil.rmtree(tmp_path / "page")
            ran += 1
    assert ran == 14
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", text, re.S)
    exec(compile(code, "docs/classify.md", "exec"), {})


def test_interrupted(home, tmp_path):
    """What was answered before Ctrl-C stands in whole lines, and the exit code is 130."""
    paths = "\n".join([str(home / "others/disc/0.png")] * 200_000)
    (tmp_path / "names.txt").write_text(paths)
    env = {**os.environ, "NETKIT_CACHE": str(home / "cache")}
    words = "weights=run", f"input={tmp_path / 'names.txt'}", "hydra.run.dir=interrupted"
    command = [sys.executable, "-m", "netkit.cli", "classify", *words]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}

    def listen():  # a test run in the background of a shell has SIGINT ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    started = {"cwd": home, "env": env, "text": True, "preexec_fn": listen}
    with subprocess.Popen(command, **started, **pipes) as process:
        assert process.stdout.readline().startswith(str(home / "others/disc/0.png"))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 130
    assert err == "netkit: interrupted\n"
    assert rows_of(home / "interrupted")
    assert (home / "interrupted/answers.jsonl").read_bytes().endswith(b"\n")

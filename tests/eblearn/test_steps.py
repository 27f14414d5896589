"""The steps of EBLearn's page for its MNIST demo, as docs/eblearn.md begins with them."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from netkit.files.idx import read_matrix

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "eblearn.md"
DIGITS = HERE.parents[1] / "netkit" / "plugins" / "digits"


def commands():
    """Return the words of the commands in the page's first block, without `netkit`."""
    block = re.search(r"```bash\n(.*?)```", PAGE.read_text(), re.S)[1]
    return [shlex.split(line, comments=True)[1:] for line in block.splitlines() if line.strip()]


@pytest.fixture
def demo(tmp_path, shared):
    """A folder with mnist.conf, its table, and ten digits as .ppm, as EBLearn's demo has it."""
    text = (HERE / "mnist.conf").read_text()
    for old, new in (
        ("${data_root}", str(shared / "data" / "mnist")),  # "modify the 'root' variable"
        ("mnist_demo_net00005", "mnist_net00010"),  # of ten iterations, as it comes
        ("mnist_demo", "mnist"),
        ("${digits}", "digits"),
    ):
        assert old in text
        text = text.replace(old, new)
    (tmp_path / "mnist.conf").write_text(text)
    (tmp_path / "connect.mat").write_bytes((HERE / "connect.mat").read_bytes())
    (tmp_path / "digits").mkdir()
    for k in range(10):
        Image.open(DIGITS / f"{k}.png").convert("RGB").save(tmp_path / "digits" / f"{k}.ppm")
    return tmp_path


def test_the_pages_steps(cli, demo):
    """Train, tune, name the weights, detect: around 95 %, then ten of ten digits."""
    train, tune, detect = commands()
    done = cli(*train)
    rows = [line for line in done.stdout.splitlines() if line.startswith("i=")]
    correct = [float(row.split("test_correct=")[1].split("%")[0]) for row in rows]
    assert len(rows) == 5
    assert 94 <= correct[-1] <= 98
    assert done.stderr == ""
    run = Path(done.stdout.splitlines()[-1].split(": ")[1])
    assert read_matrix(run / "mnist_net00005.mat").shape == (51_046,)

    tuned = cli(*tune, "iterations=1").stdout
    assert "i=1 " in tuned
    assert tuned.splitlines()[0] != rows[0]

    said = cli(*detect, code=1).stderr.splitlines()[-1]
    assert "mnist_net00010.mat: there is no such file here, and none in a run" in said
    text = (demo / "mnist.conf").read_text()
    (demo / "mnist.conf").write_text(text.replace("mnist_net00010", "mnist_net00005"))
    done = cli(*detect, DISPLAY="", WAYLAND_DISPLAY="")
    found = [line.split()[:2] for line in done.stdout.splitlines() if ".ppm" in line]
    assert found == [[f"{k}.ppm:", str(k)] for k in range(10)]
    assert [line.split(":")[1].strip() for line in done.stderr.splitlines()] == [
        "mnist.conf",  # its file of classes is not here: they are numbers
        "display=true",
    ]


def test_an_import_does_the_same(cli, demo):
    lines = cli("import-conf", "mnist.conf", "weights=mnist_net00001.mat").stdout.splitlines()
    train, detect = (shlex.split(line)[1:] for line in lines if line.startswith("netkit "))
    done = cli(*train, "iterations=1", "reg=0.05", "train_size=500")
    run = Path(done.stdout.splitlines()[-1].split(": ")[1])
    assert (run / "mnist_net00001.mat").is_file()
    assert "10 images" in cli(*detect).stdout
    assert "10 images" in cli(*detect, f"weights={run}").stdout
    # and every other command has the same folder
    assert "51,046" in cli("summary", *train[1:]).stdout
    assert "51,046" in cli("summary", "mnist.conf").stdout
    mat = str(run / "mnist_net00001.mat")
    assert "51,046 numbers" in cli("convert", mat, "a.safetensors", *train[1:]).stdout
    assert "51,046 numbers" in cli("convert", mat, "b.safetensors", "mnist.conf").stdout
    assert (demo / "a.safetensors").stat().st_size > 51_046 * 4
    assert "mAP" in cli("evaluate", *train[1:], "scenes.count=2").stdout


def test_eblearns_own_weights_answer_as_they_did(demo, shared, monkeypatch):
    """Its weights through mnist.conf: the outputs that it computed itself, of 64 test digits."""
    import netkit

    oracle = shared / "oracles" / "eblearn"
    monkeypatch.chdir(demo)
    given = {"classes": str(oracle / "mnist_classes.mat"), "dtype": "float64", "backend": "numpy"}
    model = netkit.load(oracle / "mnist_net00005.mat", "mnist.conf", **given)
    rows = np.loadtxt(oracle / "outputs.csv", delimiter=",")
    images = read_matrix(shared / "data" / "mnist" / "t10k-images-idx3-ubyte.gz")
    found = model.outputs(images[rows[:, 0].astype(int)][:, None])
    assert model.classes == [str(k) for k in range(10)]
    assert found.shape == (64, 10)
    assert np.abs(found - rows[:, 1:]).max() < 1e-11


def test_from_python(demo, monkeypatch):
    import netkit

    monkeypatch.chdir(demo)
    run = netkit.train("mnist.conf", iterations=1, train_size=300, val_size=50)
    assert (run.folder / "mnist_net00001.mat").is_file()
    assert run.net.shape == (1, 28, 28)

"""The Python door: train, load and make; answers from several threads; wrong images; the pages."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

import netkit
from netkit.errors import NetkitError

ROOT = Path(__file__).parent.parent
DIGITS = ROOT / "netkit" / "plugins" / "digits"
SMALL = "arch=mlp", "arch.hidden=20", "train_size=300", "val_size=100", "threads=1"
LAYERS = {
    "c0": {"type": "conv", "out": 4, "kernel": 5},
    "tanh0": {"type": "tanh"},
    "pool0": {"type": "maxpool", "kernel": 4},
    "f1": {"type": "linear", "out": "noutputs"},
}


@pytest.fixture(scope="module")
def images():
    """Fifty digits (50, 1, 28, 28)."""
    return netkit.make("dataset", "mnist", train_size=10, val_size=50).val.images


@pytest.fixture(scope="module")
def model():
    return netkit.load(backend="numpy", threads=1)


def without_seconds(rows):
    return [{name: v for name, v in row.items() if name != "seconds"} for row in rows]


def test_train_is_the_command(cli, tmp_path, capsys):
    cli("train", *SMALL, "iterations=2", "hydra.run.dir=command")
    run = netkit.train(*SMALL, iterations=2, folder=tmp_path / "python")
    assert capsys.readouterr() == ("", "")
    both = [netkit.load(tmp_path / name) for name in ("command", "python")]
    assert np.array_equal(both[0].net.values, both[1].net.values)
    assert without_seconds(both[0].meta["rows"]) == without_seconds(run.rows)
    files = [{p.name for p in (tmp_path / name).iterdir()} for name in ("command", "python")]
    assert files[0] - files[1] == {"train.log"}
    assert "test_correct=" in repr(run)
    assert run._repr_html_().count("<tr>") == 3
    assert run.best.classes == list("0123456789")
    words = yaml.safe_load((run.folder / "config.yaml").read_text())["command"].split()
    assert words == ["netkit", "train", *SMALL, "iterations=2"]


def test_train_from_a_mapping(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    settings = {"arch": {"layers": LAYERS}, "train_size": 100, "val_size": 50, "iterations": 1}
    run = netkit.train(settings, optimizer={"warmup": 0.5}, quiet=False)
    assert "i=1 energy=" in capsys.readouterr().out
    assert list(run.net.layers) == list(LAYERS)
    assert run.folder.parts[0] == "outputs"
    assert len(run.folder.parts) == 3
    more = netkit.train(resume=run.folder, iterations=2)
    assert [row["iteration"] for row in more.rows] == [1, 2]
    assert more.folder == run.folder


def test_compose_takes_words_mappings_and_keywords():
    cfg = netkit.compose("eta=0.5", {"arch.hidden": 7}, arch="mlp", root="/a b/it's", seed=3)
    assert (cfg["eta"], cfg["arch"]["hidden"], cfg["root"]) == (0.5, 7, "/a b/it's")
    assert netkit.compose(command="detect", scales=[2, 1])["scales"] == [2, 1]
    with pytest.raises(NetkitError, match="etaa: there is no such variable: did you mean eta"):
        netkit.compose(etaa=1)
    with pytest.raises(NetkitError, match=r"parts: there is no such part: there are .*arch"):
        netkit.compose(parts={"type": "a"})


def test_images_of_every_kind_have_one_answer(model, tmp_path):
    path = DIGITS / "3.png"
    picture = Image.open(path)
    array = np.asarray(picture.convert("L"))
    for given in (path, str(path), picture, picture.convert("RGB"), array, array[None]):
        assert model.predict(given) == "3"
        assert model(given).shape == (1, 11)
    for several in ([path, picture, array], np.stack([array] * 3), np.stack([array[None]] * 3)):
        assert model.predict(several) == ["3"] * 3
        assert np.array_equal(model(several).argmax(1), [3] * 3)
    assert model.outputs(array).shape == (1, 11)
    assert np.allclose(model(array.astype(float)), model(array))


def test_colour():
    model = netkit.Model.of(LAYERS, shape=(3, 16, 16), classes=["a", "b"], seed=1)
    image = np.random.default_rng(0).integers(0, 256, (3, 16, 16)).astype(np.uint8)
    picture = Image.fromarray(image.transpose(1, 2, 0))
    for given in (image.transpose(1, 2, 0), image[None], picture, [picture]):
        assert np.array_equal(model.outputs(given), model.outputs(image))
    assert "data:image/png" in model._repr_html_() or model(image) is not None


def test_one_output_for_two_classes():
    energy = {"type": "l2", "binary_target": True}
    model = netkit.Model.of(LAYERS, shape=(1, 16, 16), classes=["a", "b"], energy=energy)
    assert np.allclose(model(np.ones((5, 16, 16))).sum(1), 1)


WRONG = [  # what is given, what the error says
    (np.zeros((2, 3, 28, 28)), r"shape \(3, 28, 28\): this net takes 1 channels"),
    (np.zeros(28), r"shape \(28,\): this net takes 1 channels"),
    (np.zeros((0, 28, 28)), "no images"),
    ([], "no images|shape"),
    ("/nowhere/3.png", "/nowhere/3.png: there is no such file"),
    (ROOT / "pyproject.toml", "cannot be read as an image"),
    ({"a": 1}, "dict is no image"),
    (None, "NoneType is no image"),
    ([[1, 2], [3]], "give an array of numbers|shape"),
]


@pytest.mark.parametrize(("given", "said"), WRONG, ids=[said[:30] for _, said in WRONG])
def test_wrong_images(model, given, said):
    with pytest.raises(NetkitError, match=said) as raised:
        model(given)
    assert "\n" not in str(raised.value)


def test_wrong_places(tmp_path):
    for path in (tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(NetkitError, match="there is no such file"):
            netkit.load(path)
    with pytest.raises(NetkitError, match="kind=layers: there are layer, "):
        netkit.make("layers", "conv")
    with pytest.raises(NetkitError, match="optimizer 'adm' is not known: did you mean adam"):
        netkit.make("optimizer", "adm")


def test_layers_are_those_of_the_answer(model, images):
    made = model.layers(images[0])
    assert list(made) == list(model.net.layers)
    assert [part.shape for part in made.values()] == model.net.shapes
    assert np.allclose(list(made.values())[-1][:, 0, 0], model.outputs(images[0])[0], atol=1e-5)
    with pytest.raises(NetkitError, match="layers: 50 images: give one"):
        model.layers(images)


def test_detect_is_the_command(cli, tmp_path, model):
    cli("detect", "threads=1", "backend=numpy", "hydra.run.dir=out", "save_images=false")
    lines = (tmp_path / "out" / "detections.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in lines]
    for row in rows[:3]:
        found = model.detect(row["image"])
        assert [d.name for d in found] == [d["class"] for d in row["detections"]]
    assert model.detect(rows[0]["image"], threshold=1.0, post_threshold=1.0) == []
    with pytest.raises(NetkitError, match="treshold: there is no such variable"):
        model.detect(rows[0]["image"], treshold=1)


def test_save_and_load(model, images, tmp_path):
    model.save(tmp_path / "a.safetensors")
    assert np.array_equal(netkit.load(tmp_path / "a.safetensors").net.values, model.net.values)
    new = netkit.Model.of(LAYERS, shape=(1, 28, 28), classes=10, coeff=0.01, dtype="float64")
    new.save(tmp_path / "b.safetensors")
    again = netkit.load(tmp_path / "b.safetensors")
    assert again.classes == list("0123456789")
    assert np.allclose(again(images), new(images))


def test_two_nets_from_four_threads(images):
    """Each gives the answers that it gives alone, and BLAS keeps its threads."""
    from threadpoolctl import threadpool_info

    before = [library["num_threads"] for library in threadpool_info()]
    new = netkit.Model.of(LAYERS, shape=(1, 28, 28), classes=10, coeff=0.01, seed=4)
    models = [netkit.load(), new]
    alone = [(m(images), m.detect(images[0]), m.layers(images[0])) for m in models]

    def ask(k):
        m = models[k % 2]
        return m(images), m.detect(images[0]), m.layers(images[0])

    with ThreadPoolExecutor(4) as pool:
        for k, (confidences, found, layers) in enumerate(pool.map(ask, range(24))):
            expected = alone[k % 2]
            assert np.allclose(confidences, expected[0], atol=1e-5)
            assert [d.name for d in found] == [d.name for d in expected[1]]
            assert all(np.allclose(layers[name], expected[2][name], atol=1e-4) for name in layers)
    assert [library["num_threads"] for library in threadpool_info()] == before


def test_trainings_in_two_threads(tmp_path):
    words = "arch=linear", "train_size=100", "val_size=50", "iterations=2", "threads=1"
    alone = netkit.train(*words, folder=tmp_path / "alone")

    def train(name):
        return netkit.train(*words, folder=tmp_path / name)

    with ThreadPoolExecutor(2) as pool:
        for run in pool.map(train, "ab"):
            assert np.allclose(run.net.values, alone.net.values)


def test_what_a_notebook_shows(images):
    model = netkit.load()
    assert "c0" in repr(model)
    page = model._repr_html_()
    assert page.count("<tr>") == len(repr(model).splitlines()) - 1
    assert "<img" not in page
    name = model.predict(images[7])
    page = model._repr_html_()
    assert f"<b>{name}</b>" in page
    assert len(re.findall("data:image/png;base64,", page)) == 1
    assert not re.search(r"https?://", page)


def test_every_public_name_is_there():
    assert set(dir(netkit)) >= {"train", "load", "compose", "make", "Model", "Run", "Net"}
    for name in dir(netkit):
        assert getattr(netkit, name) is not None


def test_python_m_netkit(tmp_path):
    command = [sys.executable, "-m", "netkit", "--version"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert netkit.__version__ in done.stdout


def test_the_pages_code_runs(tmp_path, monkeypatch):
    """Every block of docs/python.md, one after the other in one namespace."""
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "python.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(blocks) >= 5
    space = {}
    for block in blocks:
        exec(compile(block, "docs/python.md", "exec"), space)


def test_the_tour(tmp_path):
    """The notebook runs from its first cell to its last."""
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient: pip install 'netkit[test]'")
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel", reason="needs ipykernel: pip install 'netkit[test]'")
    book = nbformat.read(ROOT / "examples" / "tour.ipynb", as_version=4)
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    client = nbclient.NotebookClient(book, timeout=120, resources={"metadata": {"path": tmp_path}})
    client.execute(env=env)
    outputs = [output for cell in book.cells for output in cell.get("outputs", ())]
    assert any("text/html" in output.get("data", {}) for output in outputs)

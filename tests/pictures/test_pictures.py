"""Pictures: what stands in them, where; that they cost training nothing; the report of a run."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from netkit.build.parts import make_net
from netkit.build.training import make_visualizers
from netkit.commands.report import report
from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.pictures import panels, tables
from netkit.pictures.maps import draw_states, tiled
from netkit.pictures.panels import Answered, draw_hardest, draw_panels
from netkit.pictures.style import RED, grey, palette, png
from netkit.plugins.visualizers.pictures import Datasets
from netkit.probe import Row, States

SIZES = ["train_size=120", "val_size=60", "iterations=2", "batch_size=8", "threads=1"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A short run that drew its pictures."""
    folder = tmp_path_factory.mktemp("run")
    train(compose("train", [*SIZES, "show_train=true"]), folder)
    return folder


@pytest.fixture
def samples():
    """Nine samples 4x4 of three classes: 2 and 5 are answered wrongly, 5 with the most energy."""
    images = np.arange(9 * 16, dtype=np.float32).reshape(9, 1, 4, 4)
    labels = np.array([0, 1, 2] * 3)
    answers, energies = labels.copy(), np.linspace(0.1, 0.2, 9)
    answers[[2, 5]], energies[[2, 5]] = [0, 1], [1.0, 2.0]
    return Answered(images, labels, energies, answers, ["zero", "one", "two"])


@pytest.fixture
def written(monkeypatch):
    """The texts that are written into pictures, in order."""
    texts = []
    for module in (panels, tables):
        real = module.write
        monkeypatch.setattr(
            module,
            "write",
            lambda *a, _real=real, **k: (texts.append(str(a[2])), _real(*a, **k))[1],
        )
    return texts


def corners(picture, samples, panel, count, rows=3, columns=3):
    """Return the colour of the top left pixel of each cell of a panel."""
    w, h = panels.cell(samples.images)
    left, top = 16 + panel * (columns * (w + 4) + 28), 16 + 30 + 26
    return [
        picture.getpixel((left + k % columns * (w + 4), top + k // columns * (h + 4)))
        for k in range(count)
    ]


def test_three_panels_frame_what_they_should(samples, written):
    picture = draw_panels(samples, "MNIST testing set", "iteration 1", rows=3, columns=3)
    white, black = (255, 255, 255), (0, 0, 0)
    assert corners(picture, samples, 0, 9) == [white] * 9
    assert corners(picture, samples, 1, 9) == [RED if k in (2, 5) else black for k in range(9)]
    assert corners(picture, samples, 2, 3) == [RED, RED, white]
    assert written[:2] == ["Groundtruth", ""]
    assert written[2:11] == ["zero", "one", "two"] * 3
    assert written[11:13] == ["Correct & incorrect answers", ""]
    assert written[13:18] == [
        "zero",
        "one",
        "zero",
        "two",
        "zero",
    ]  # of number 2 the answer, then the label
    assert written[-6:] == ["Incorrect only", "2 of 9", "zero", "two", "one", "two"]


def test_worst_first_on_request(samples, written):
    draw_panels(samples, "", rows=1, columns=2, worst_first=True)
    assert written[2:4] == ["two", "two"]
    assert written[-4:] == ["one", "two", "zero", "two"]  # number 5, then number 2
    written.clear()
    picture = draw_hardest(samples, False, "")
    assert [t for t in written if t.startswith("no.")] == ["no. 5  e 2.00", "no. 2  e 1.00"]
    assert picture.getpixel((16, 56)) == RED
    written.clear()
    draw_hardest(samples, True, "", most=3)
    assert [t.split()[1] for t in written if t.startswith("no.")] == ["8", "7", "6"]


def test_confusion_counts_truth_by_answer(samples, written):
    counts = tables.confusion(samples.labels, samples.answers, samples.classes)
    assert counts.tolist() == [[3, 0, 0], [0, 3, 0], [1, 1, 1]]
    tables.draw_confusion(samples, "Confusion")
    assert [t for t in written if t.isdigit()] == ["3", "3", "1", "1", "1"]
    assert [t for t in written if "%" in t] == ["100.0 %", "100.0 %", "33.3 %"]


def test_histogram_has_a_red_bar_for_each_wrong_energy(samples, written):
    picture = tables.draw_histogram(samples, "Energies")
    line = np.asarray(picture)[16 + 50 + tables.HIGH - 5]
    bars = (line == RED).all(1)
    assert (np.diff(bars.astype(int)) == 1).sum() == 2
    assert written[-10:][1] == "2.00"  # the worst comes first
    assert "samples: 2 wrong ones in red" in written


def test_grey_levels():
    assert grey([[-1.0, 0.0, 1.0]]).tolist() == [[0, 127, 255]]
    assert grey([3.0, 3.0]).tolist() == [128, 128]
    assert grey([np.nan, 2.0]).tolist() == [0, 255]


def test_a_large_layer_shows_its_first_part_and_says_so():
    maps = np.random.default_rng(0).normal(size=(1920, 5, 5)).astype(np.float32)
    levels, shown, pitch = tiled(maps)
    assert shown < 1920
    assert pitch == (17, 17)
    assert (
        levels[:15, :15].tolist()
        == grey(maps[0], maps.min(), maps.max()).repeat(3, 0).repeat(3, 1).tolist()
    )
    assert tiled(maps[:6])[1] == 6


@pytest.mark.parametrize("arch", ["lenet5", "lenet5_modern", "resnet", "mlp"])
def test_states_are_what_the_layers_are_given(registry, arch):
    ops = registry.make("backend", {"type": "numpy", "threads": 1})
    cfg = compose("train", [f"arch={arch}"])
    net = make_net(registry, cfg, (1, 28, 28), classes=10, ops=ops, coeff=0.01)
    image = np.random.default_rng(0).integers(0, 256, (1, 28, 28)).astype(np.uint8)
    states = States(net)
    rows = states(image)
    assert np.allclose(rows[0].maps, image * 0.01, atol=1e-6)
    from netkit.passes import Shards

    assert np.allclose(rows[-1].maps, Shards(net).outputs(image[None])[..., 0], atol=1e-5)
    assert rows[-1].label == "outputs 10x1x1"
    labels = {row.name: row.label for row in rows if row.what.endswith(" in")}
    assert states.worker.see is None, "the layers are still watched"
    known = {"lenet5": ("c0", "conv in 1x32x32"), "resnet": ("r2.s0", "conv in 16x14x14")}
    if arch in known:
        name, label = known[arch]
        assert labels[name] == label
    kernels = [row.label for row in rows if row.what in ("kernels", "weights")]
    assert (
        kernels[0]
        == {
            "lenet5": "kernels 6x5x5",
            "lenet5_modern": "kernels 16x5x5",
            "resnet": "kernels 16x3x3",
            "mlp": "kernels 300x28x28",
        }[arch]
    )
    picture = draw_states(rows, "Internal states", classes=list("0123456789"), label=3)
    assert picture.height > 34 * len(rows)


def test_the_answer_is_framed_green_or_red():
    outputs = Row("", "outputs", np.eye(1, 10, 4, dtype=np.float32).reshape(10, 1, 1))
    for label, found in ((4, (20, 140, 70)), (7, RED)):
        picture = np.asarray(
            draw_states([outputs], "", classes=list("0123456789"), label=label)
        ).reshape(-1, 3)
        assert (picture == found).all(1).sum() > 100


def test_png_keeps_greys_and_our_colours():
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = Image.fromarray(levels).convert("RGB")
    picture.putpixel((0, 0), RED)
    from io import BytesIO

    back = np.asarray(Image.open(BytesIO(png(picture))).convert("RGB")).astype(int)
    assert np.abs(back - np.asarray(picture)).max() <= 6
    assert np.abs(back[0, 0] - RED).max() <= 2
    assert len(palette().getpalette()) <= 768


def test_a_run_leaves_its_pictures(run):
    names = {path.name for path in (run / "pictures").iterdir()}
    kinds = {
        "test",
        "train",
        "errors",
        "hardest",
        "internals0",
        "internals1",
        "kernels",
        "confusion",
        "histogram",
        "augmented",
    }
    assert names - {"curves.png"} == {f"{kind}_i{i:05d}.png" for kind in kinds for i in (1, 2)} | {
        f"{kind}_i00000.png" for kind in ("internals0", "internals1", "kernels", "augmented")
    }
    for path in (run / "pictures").iterdir():
        with Image.open(path) as picture:
            assert len(picture.convert("L").getcolors()) > 2, f"{path.name} is blank"


def test_its_report_holds_everything(run):
    page = (run / "report.html").read_text()
    data = json.loads(json.loads(re.search(r"const run = JSON.parse\((.*)\);", page)[1]))
    assert sorted(data["pictures"]["internals0"]) == ["0", "1", "2"]
    assert [row["iteration"] for row in data["rows"]] == [1, 2]
    assert data["layers"][1][:3] == ["jitter", "jitter", "1x28x28"]
    assert data["layers"][-1][3] == "51,046"
    assert "train_size: 120" in data["config"]
    assert not re.search(r"(src|href)=\"(?!data:)", page)
    assert not re.search(r"https?://(?!www.w3.org)", page)


def test_a_plain_run_draws_nothing_and_its_report_comes_later(tmp_path):
    train(compose("train", [*SIZES, "arch=linear"]), tmp_path)
    assert not (tmp_path / "pictures").exists()
    assert "netkit report" in (tmp_path / "report.html").read_text()
    path, _ = report(tmp_path)
    assert {p.name for p in (tmp_path / "pictures").glob("test_*")} == {
        "test_i00001.png",
        "test_i00002.png",
    }
    assert '"test"' in path.read_text()
    with pytest.raises(NetkitError, match=r"nowhere: no last\.safetensors there"):
        report("nowhere")


@pytest.mark.parametrize(
    ("overrides", "made"),
    [
        ([], 0),
        (["show_train=true"], 9),
        (["display=true", "show.windows=null"], 9),
        (["report=false"], -1),
    ],
)
def test_which_visualizers_are_made(registry, overrides, made):
    show = make_visualizers(registry, compose("train", overrides)["show"])
    assert len(show) == 4 + made


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"rows": 0}, "rows=0: give a whole number from 1"),
        ({"columns": "x"}, "columns=x"),
        ({"most": 1.5}, "most=1.5"),
    ],
)
def test_wrong_sizes_are_named(words, said):
    with pytest.raises(NetkitError, match=said):
        Datasets(**words)


def test_a_missing_matplotlib_is_said_in_one_line(monkeypatch, run):
    import sys

    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.delitem(sys.modules, "netkit.pictures.curves", raising=False)
    from netkit.plugins.visualizers.pictures import Curves

    with pytest.raises(NetkitError, match=r"pip install 'netkit\[show\]'"):
        Curves().start(SimpleNamespace())

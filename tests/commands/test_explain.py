"""netkit explain as a user runs it."""

import numpy as np
import pytest
from PIL import Image

from netkit.commands.explain import explain
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.explaining.methods import METHODS


def words(run, *more):
    return compose(
        "explain", [f"weights={run}", "samples=2", "steps=3", "window=8", "stride=8", *more]
    )


def test_the_hardest_test_samples(trained_run, tmp_path, capsys):
    rows = explain(words(trained_run, "count=3", "nearest=4"), tmp_path)
    assert [row.right for row in rows] == [False] * 3
    assert all(list(row.heats) == list(METHODS) for row in rows)
    assert all(heat.map.shape == (28, 28) for row in rows for heat in row.heats.values())
    assert all(len(row.near) == 4 for row in rows)
    assert all(row.near[0].distance <= row.near[3].distance for row in rows)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[0] == "explained.html"
    assert len(names) == 4
    assert (tmp_path / "explained.html").read_text().count("data:image/png") == 3
    said = capsys.readouterr().out
    assert said.count(", is ") == 3
    assert "3 answers explained" in said


def test_images_what_maps_like_and_the_plane(trained_run, tmp_path):
    Image.fromarray(np.eye(40, dtype=np.uint8) * 255).save(tmp_path / "<i>.png")
    more = [f"input='{tmp_path}/<i>.png'", "method=[gradcam,occlusion]", "layer=c2", "answer='3'"]
    more += ["maximise=true", "map=[0,7]", "climb=3", "plane=pca", "plane_size=50", "nearest=0"]
    (row,) = explain(words(trained_run, *more), tmp_path / "out")
    assert row.answer == "3"
    assert row.right is None
    assert list(row.heats) == ["gradcam", "occlusion"]
    assert {"liked.png", "plane.png"} < {path.name for path in (tmp_path / "out").iterdir()}
    assert "<i>" not in (tmp_path / "out" / "explained.html").read_text()


def test_why_a_box(tmp_path, capsys):
    """The packaged detector: what it found hangs on pixels in the box."""
    canvas = np.zeros((90, 120), np.uint8)
    digit = compose_digit()
    canvas[20 : 20 + len(digit), 60 : 60 + len(digit)] = digit
    Image.fromarray(canvas).save(tmp_path / "scene.png")
    cfg = compose(
        "explain",
        [
            f"input={tmp_path}/scene.png",
            "method=[occlusion,saliency]",
            "count=1",
            "window=20",
            "stride=20",
        ],
    )
    (row,) = explain(cfg, tmp_path / "out")
    assert row.box is not None
    x0, y0, x1, y1 = (round(v) for v in row.box)
    for heat in row.heats.values():
        strength = np.abs(heat.map)
        inside = np.zeros(strength.shape, bool)
        inside[max(0, y0) : y1, max(0, x0) : x1] = True
        assert strength[inside].mean() > 2 * strength[~inside].mean()
    assert " box " in capsys.readouterr().out


def compose_digit():
    """A digit of MNIST at twice its size."""
    import netkit

    digit = netkit.make("dataset", "mnist", val_size=1).val.images[0, 0]
    return np.kron(digit, np.ones((2, 2), np.uint8))


WRONG = [
    ("method=magic", "method=magic: there are saliency"),
    ("layer=c9", "layer=c9: the net has"),
    ("answer=cat", "answer=cat: the net's classes are 0, 1"),
    ("input=nowhere.png", "nowhere.png"),
    ("window=0", "window=0"),
    ("plane=umap", "plane=umap"),
    ("count=0", "count=0"),
]


@pytest.mark.parametrize(("word", "said"), WRONG)
def test_what_is_wrong_is_said_and_nothing_written(word, said, trained_run, tmp_path):
    cfg = words(trained_run, "count=1", "method=saliency", word)
    with pytest.raises(NetkitError, match=said) as error:
        explain(cfg, tmp_path / "out")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "out").exists()


def test_map_that_is_not_there(trained_run, tmp_path):
    cfg = words(trained_run, "count=1", "method=saliency", "maximise=true", "map=99", "climb=1")
    with pytest.raises(NetkitError, match="map=99: layer tanh3 has maps 0 to 15"):
        explain(cfg, tmp_path / "out")

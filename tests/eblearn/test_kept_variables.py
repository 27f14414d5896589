"""Variables stay variables: the run is what the file says, and can be tuned by what it names."""

import pytest
import yaml
from omegaconf import OmegaConf

from netkit.config.compose import compose
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.kept_variables import KeptVariables

TEXT = """
disk = /data
root = ${disk}/mnist        # of the samples
set = train
part = ${set}-10k
file_train = images
train = ${root}/${part}-${file_${set}}.mat
home = ${HOME}/x
quoted = "${root}"/y
lost = ${nowhere}/z
display = 1
window = ${display}/w
base = .05
reg = ${base}
reg_l1 = ${reg}
odd = ${base}0
brace = a$b{c}
"""
NAMES = "root", "part", "train", "home", "quoted", "lost", "window", "odd", "brace"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    monkeypatch.delenv("nowhere", raising=False)
    (tmp_path / "a.conf").write_text(TEXT)
    return KeptVariables(ConfFile(tmp_path / "a.conf"), {"display", "root", "reg"}, {"root", "reg"})


def test_composed_it_is_what_the_file_says(kept):
    """Every text is the same as with all variables replaced, whatever stands in it."""
    texts = {f"_{name}": kept.text(name) for name in NAMES}
    cfg = OmegaConf.create({"root": kept.text("root"), **kept.variables, **texts})
    for name in NAMES:
        assert cfg[f"_{name}"] == kept.conf.get(name), name


def test_what_stays(kept):
    assert kept.text("root") == "${disk}/mnist"
    assert kept.text("home") == "${oc.env:HOME}/x"
    assert kept.text("window") == "1/w"  # netkit's display is another thing
    assert kept.text("train") == "/data/mnist/train-10k-images.mat"  # one inside another
    assert kept.text("part") == "${set}-10k"
    assert kept.number("reg_l1") == "${reg}"
    assert kept.number("reg") == "${base}"
    assert kept.number("base") is None  # a number itself
    assert kept.number("odd") is None
    assert kept.variables == {"disk": "/data", "set": "train", "base": 0.05}


NET = """name = t
eta = .1
reg = 0
reg_l2 = ${reg}
root = /d
train = ${root}/x.npz
val = ${root}/y.npz
arch = linear0
linear0_out = noutputs
"""


def test_what_the_page_tells_to_tune_can_be_tuned(tmp_path):
    """After an import as on the fly."""
    from netkit.eblearn.import_conf import import_conf

    (tmp_path / "t.conf").write_text(NET)
    import_conf(tmp_path / "t.conf", tmp_path / "out")
    flags = ["--config-dir", str(tmp_path / "out"), "--config-name", "t"]
    for words in (flags, [str(tmp_path / "t.conf")]):
        before = compose("train", words)
        assert (before["reg_l2"], before["train"], before["val"]) == (0, "/d/x.npz", "/d/y.npz")
        after = compose("train", [*words, "reg=0.05", "root=/e", "eta=.2"])
        assert (after["reg_l2"], after["train"], after["val"]) == (0.05, "/e/x.npz", "/e/y.npz")
        assert after["eta"] == 0.2


def test_a_relative_root_is_not_put_before_its_files_twice(tmp_path, cli):
    import numpy as np

    (tmp_path / "data").mkdir()
    for name in "xy":
        images = np.zeros((4, 1, 5, 5), np.float32)
        np.savez(tmp_path / "data" / f"{name}.npz", images=images, labels=np.arange(4) % 2)
    (tmp_path / "t.conf").write_text(NET.replace("/d", "data") + "iterations = 1\n")
    done = cli("train", "t.conf")
    assert "i=1 " in done.stdout
    folder = done.stdout.splitlines()[-1].split(": ")[1]
    cfg = yaml.safe_load((tmp_path / folder / "config.yaml").read_text())
    assert cfg["command"] == "netkit train t.conf"

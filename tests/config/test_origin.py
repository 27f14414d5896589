"""Where a configuration begins: folders and names of the user, files of other programs."""

from types import SimpleNamespace

import pytest
import yaml
from hydra.core.plugins import Plugins
from hydra.plugins.search_path_plugin import SearchPathPlugin

from netkit.config import origin as config_origin
from netkit.config.compose import compose
from netkit.errors import NetkitError

TRAIN = """defaults:
  - train
  - override arch: mine
  - _self_

iterations: 1
train_size: 100
val_size: 50
"""
ARCH = "name: mine\nlayers:\n  f: {type: linear, out: noutputs}\n"
DETECT = "defaults:\n  - detect\n  - _self_\n\nnms: 2\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "mine" / "arch").mkdir(parents=True)
    (tmp_path / "mine" / "arch" / "mine.yaml").write_text(ARCH)
    (tmp_path / "mine" / "small.yaml").write_text(TRAIN)
    (tmp_path / "mine" / "small_detect.yaml").write_text(DETECT)
    return tmp_path / "mine"


def test_every_command_takes_a_folder(cli, folder):
    flags = "--config-dir", str(folder), "--config-name", "small"
    assert "total" in cli("summary", *flags).stdout
    assert "7,850" in cli("summary", f"--config-dir={folder}", "arch=mine").stdout
    done = cli("train", *flags, "seed=1")
    run = done.stdout.splitlines()[-1].split(": ")[1]
    with open(f"{run}/config.yaml") as file:
        saved = yaml.safe_load(file)
    assert saved["command"] == f"netkit train --config-dir {folder} --config-name small seed=1"
    assert (saved["iterations"], saved["arch"]["name"]) == (1, "mine")
    # detect's own file of that name is small_detect.yaml
    assert compose("detect", flags)["nms"] == 2
    assert "10 images" in cli("detect", *flags, f"weights={run}").stdout
    cli("convert", f"{run}/best.safetensors", "a.mat")
    cli(
        *("convert", "a.mat", "b.npz", "--config-dir", str(folder), "arch=mine"),
        "+arch.input={shape: [1, 28, 28], coeff: 0.01}",
    )
    swept = cli("train", *flags, "--multirun", "seed=1,2").stdout
    assert swept.count("weights and results") == 2


BAD = [
    (["--config-dir"], "--config-dir: a value is missing: write --config-dir VALUE"),
    (["--config-dir", "nowhere"], "--config-dir nowhere: there is no such folder"),
    (["--config-name", "mine"], "there is no such file: name its folder, --config-dir DIR"),
    (["-cd", "DIR", "-cn", "smal"], "--config-name smal: there is no such file: there are small"),
    (["-cd", "DIR", "-cn", "small_detect"], "is no configuration of netkit train: it has no root"),
]


@pytest.mark.parametrize(("words", "said"), BAD)
def test_what_is_wrong_is_one_line(folder, words, said):
    words = [str(folder) if word == "DIR" else word for word in words]
    with pytest.raises(NetkitError) as caught:
        compose("train", words)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_configuration_of_another_command_runs_nothing(cli, folder):
    done = cli(*("evaluate", "--config-dir", folder, "--config-name", "small"), code=1)
    assert "--config-name small: is no configuration of netkit evaluate" in done.stderr
    assert not (folder.parent / "outputs").exists()


@pytest.fixture
def with_ini(monkeypatch):
    """A plugin that translates .ini files: one line, iterations, and the words that begin so."""

    def translate(path, command, words, folder):
        text = f"defaults:\n  - {command}\n  - _self_\n\n{path.read_text()}"
        (folder / "read.yaml").write_text(text)
        left = [word for word in words if not word.startswith("old")]
        return "read", left, [f"{path.name}: colours are left out"]

    def registry():
        real = config_origin_registry()
        real.found["config_file"][".ini"] = {"acme": translate}
        return real

    config_origin_registry = config_origin.Registry
    monkeypatch.setattr(config_origin, "Registry", registry)
    return SimpleNamespace(translate=translate)


def test_a_file_of_another_program(with_ini, tmp_path, caplog):
    (tmp_path / "a.ini").write_text("iterations: 7\n")
    cfg = compose("train", [f"{tmp_path}/a.ini", "eta=0.5", "old=3"])
    assert (cfg["iterations"], cfg["eta"]) == (7, 0.5)
    assert "a.ini: colours are left out" in caplog.text
    with config_origin.origin_of("train", [f"{tmp_path}/a.ini", "eta=0.5", "old=3"]) as origin:
        assert origin.said == [f"{tmp_path}/a.ini", "old=3"]
    assert config_origin.FOLDER.get() is None


def test_a_file_and_a_folder_do_not_go_together(with_ini, tmp_path):
    with pytest.raises(NetkitError, match="stands for --config-dir: give one of the two"):
        compose("train", [f"{tmp_path}/a.ini", "--config-dir", str(tmp_path)])
    with pytest.raises(NetkitError, match=r"a\.ini: there is no such file"):
        compose("train", [f"{tmp_path}/a.ini"])


def test_hydra_is_told_of_the_places_once():
    """It keeps all it is told: a program that composes often would wait longer each time."""
    kept = []
    for _ in range(3):
        compose("train")
        kept.append(len(Plugins.instance().discover(SearchPathPlugin)))
    assert len(set(kept)) == 1

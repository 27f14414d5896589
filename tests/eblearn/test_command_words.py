"""The words after a .conf file: which are the file's, and which netkit's."""

import pytest

from netkit.config.compose import compose
from netkit.eblearn.command_words import divided
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.import_conf import translate
from netkit.errors import NetkitError

TEXT = """name = t
eta = .1
train = ${disk}/a.npz
val = ${disk}/b.npz
nonlin = tanh
arch = conv0,${nonlin}
conv0_kernel = 5x5
conv0_table_out = 2
weights = w.mat
pre_threshold = -1
post_threshold = ${threshold}
threshold = -1
"""
WORDS = [  # command, word, whether it is the file's
    ("train", "eta=1e-3", True),
    ("train", "reg=0", True),
    ("train", "nonlin=relu", True),
    ("train", "disk=/d", True),
    ("train", "arch=conv0,abs", True),
    ("train", "train_size=0", True),
    ("train", "train_size=null", False),
    ("train", "balanced_training=false", False),
    ("train", "balanced_training=0", True),
    ("train", "arch=lenet5", False),
    ("train", "optimizer=adam", False),
    ("train", "weights=net.mat", False),  # EBLearn's train has retrain_weights
    ("train", "batch_size=4", False),
    ("train", "+new=1", False),
    ("train", "arch.layers.conv0.out=3", False),
    ("train", "etaa=1", False),
    ("detect", "weights=net.mat", True),
    ("detect", "scaling=1.3", True),
    ("detect", "scaling_type=original", False),
    ("detect", "classes=[a,b]", False),
    ("detect", "input=a.png", False),
    ("detect", "camera=directory", True),
    ("detect", "save_csv=true", False),
]


@pytest.fixture
def conf(tmp_path):
    (tmp_path / "t.conf").write_text(TEXT)
    return tmp_path / "t.conf"


@pytest.mark.parametrize(("command", "word", "files"), WORDS)
def test_a_word(conf, command, word, files):
    known = compose(command)
    assert divided(ConfFile(conf), command, known, [word]) == (
        ([word], []) if files else ([], [word])
    )


def test_several_values_are_for_a_sweep(conf):
    words = ["--multirun", "eta=.1,.2", "reg=.3"]
    assert divided(ConfFile(conf), "train", compose("train"), words) == (words[2:], words[:2])


def test_what_to_look_at_may_stand_alone(conf, tmp_path):
    """As EBLearn has it: detect mnist.conf FOLDER."""
    cfg = compose("detect", [str(conf), str(tmp_path), "threshold=0.5"])
    assert (cfg["input"], cfg["threshold"], cfg["post_threshold"]) == (str(tmp_path), 0.5, 0.5)


def test_input_stands_for_a_camera_of_the_file(conf):
    conf.write_text(TEXT + "camera = v4l2\ndevice = /dev/video0\n")
    assert compose("detect", [str(conf)])["camera"] == 0
    cfg = compose("detect", [str(conf), "input=a.png"])
    assert (cfg["camera"], cfg["input"]) == (None, "a.png")


def test_a_word_that_nobody_knows_is_said(conf):
    with pytest.raises(NetkitError, match="etaa: there is no such variable: did you mean eta"):
        compose("train", [str(conf), "etaa=1", "disk=/d"])


def test_a_command_without_weights_takes_no_file(conf, tmp_path):
    with pytest.raises(NetkitError, match="netkit play takes no file of EBLearn's"):
        translate(conf, "play", [], tmp_path)


def test_summary_and_evaluate_take_the_file(conf):
    cfg = compose("evaluate", [str(conf)])
    assert (cfg["weights"], cfg["nms"], cfg["scenes"]["type"]) == ("w.mat", 0, "digit_scenes")
    cfg = compose("train", [str(conf), "disk=/d", "nonlin=relu", "arch.layers.conv0.out=3"])
    assert list(cfg["arch"]["layers"]) == ["conv0", "relu"]
    assert cfg["arch"]["layers"]["conv0"]["out"] == 3
    assert cfg["train"] == "/d/a.npz"

"""EBLearn's variables of detect as netkit's, one line of a file at a time."""

from pathlib import Path

import numpy as np
import pytest

from netkit.config.compose import compose
from netkit.eblearn.detect_variables import DETECT, MATTER, REASONS
from netkit.eblearn.halves import read_half
from netkit.eblearn.net_input import least_input
from netkit.errors import NetkitError
from netkit.files.idx import write_matrix

NET = """name = t
arch = conv0,tanh
conv0_kernel = 5x7
conv0_table_out = 2
weights = t_net00003.mat
"""
LINES = [  # what stands in the file, what comes of it
    ("", {"nms": 0, "nms_per_class": False, "scaling_type": 3, "hzpad": 0, "threshold": 0}),
    ("", {"max_overlap": 1, "vote_max_overlap": 1, "weights": "t_net00003.mat"}),
    ("scaling = 1.2\nscaling_type = 6\nmin_scale = .5", {"scaling": 1.2, "min_scale": 0.5}),
    ("max_overlap = .2\nvote_max_overlap = .7", {"max_overlap": 0.8, "vote_max_overlap": 0.3}),
    ("pre_threshold = .3\npost_threshold = .4", {"threshold": 0.3, "post_threshold": 0.4}),
    ("threshold = .4", {"threshold": 0.4, "post_threshold": 0}),
    ("threshold = .4\npre_threshold = -1", {"threshold": 0}),
    ("input_height = -1\ninput_width = 320", {"input_width": 320, "input_height": None}),
    ("scales = 200x200,120x100", {"scales": ["200x200", "120x100"]}),
    ("smoothing = 2\nsmoothing_kernel = 7x7", {"smoothing": 2, "smoothing_kernel": 7}),
    ("nms = 2\nvote_max_hcenter_dist = .3\nmax_hcenter_dist = .1", {"max_hcenter_dist": 0.3}),
    ("data_coeff = .01\ninput_gain = ${data_coeff}", {"input_gain": None}),
    ("data_coeff = .01\ninput_gain = .02", {"input_gain": 2}),
    ("input_gain = .02", {"input_gain": 0.02}),
    ("data_coeff = .01", {"input_gain": None}),
    ("camera = directory\ninput_dir = a/b", {"input": "a/b", "camera": None}),
    ("input_dir = a/b", {"input": "a/b"}),
    ("camera = directory\ninput_dir = a\ninput_list = b.png", {"input": "a/b.png"}),
    ("input_dir = a\ninput_list = b.png,c.png", {"input_list": ["a/b.png", "a/c.png"]}),
    ("camera = v4l2\ndevice = /dev/video2", {"camera": 2, "input": None}),
    ("camera = opencv", {"camera": 0}),
    ("background_name = bg\nnext_on_key = n", {"background_name": "bg", "next_on_key": "n"}),
    ("weights =\niterations = 7", {"weights": "t_net00007.mat"}),
    ("display = 1\nbbox_show_conf = 0", {"display": True, "bbox_show_conf": False}),
    ('file_pattern = ".*[.](png|jpg)"', {"file_pattern": ".*[.](png|jpg)"}),
]


@pytest.fixture
def half(tmp_path):
    def read(lines, *words, command="detect"):
        (tmp_path / "t.conf").write_text(f"{NET}{lines}\n")
        return read_half(tmp_path / "t.conf", command, words)

    return read


@pytest.mark.parametrize(("lines", "values"), LINES)
def test_a_line(half, lines, values):
    found = half(lines).values
    for name, value in values.items():
        assert found.get(name) == pytest.approx(value) if value else not found.get(name), name


NOTES = [  # what is said, and of which lines nothing is
    ("raw_thresholds = .1,.2", "raw_thresholds: class_threshold="),
    ("woverh = .4", "woverh: boxes have the shape"),
    ("camera = kinect", "camera: there is no kinect here: give input=FILE"),
    ("nms = 3\nvote_max_hcenter_dist = .5", "vote_max_hcenter_dist: voting and overlap have one"),
    ("classes = no/names.mat", "classes: no/names.mat: there is no such file: they are numbers"),
    ("camera = directory", "input_dir: names no folder"),
    ("woverh = 1\nscaler_mode = 0\nprecamera = 0\nmem_optimization = 1\ndisplay_sleep = 9", ""),
    ("queue1 = 1\nsilent = 1\nshow_parts = 1\nanything = 1\nminimal_display = 1\nraw = ${x}", ""),
]


@pytest.mark.parametrize(("lines", "said"), NOTES)
def test_what_changes_the_result_is_said_and_nothing_else(half, lines, said):
    notes = [f"{name}: {why}" for name, why in half(lines).notes.items()]
    assert len(notes) == bool(said)
    assert not said or notes[0].startswith(said)


BAD = [
    ("scaling = fast", "scaling = fast: give a number"),
    ("nms = overlap", "nms = overlap: give a whole number"),
    ("save_video = yes", "save_video = yes: give 0 or 1"),
    ("weights = a.mat,b.mat", "weights = a.mat,b.mat: netkit takes one file: join them"),
    ("smoothing_kernel = wide", "smoothing_kernel = wide: give numbers"),
]


@pytest.mark.parametrize(("lines", "said"), BAD)
def test_bad_lines(half, lines, said):
    with pytest.raises(NetkitError, match=said):
        half(lines)


def test_files_are_found_beside_the_file_too(half, tmp_path):
    """As for tables: from the folder where netkit runs, from the file's, or by name."""
    write_matrix(
        tmp_path / "names.mat", np.frombuffer(b"cat\0dog\0", np.uint8).reshape(2, 4), "mat"
    )
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "w.mat").touch()
    found = half("classes = ${no}/of/theirs/names.mat\nweights = trained/w.mat").values
    assert found["classes"] == str(tmp_path / "names.mat")
    assert found["weights"] == str(tmp_path / "trained" / "w.mat")
    found = half("weights = ${current_dir}/trained/w.mat").values
    assert Path(found["weights"]) == tmp_path / "trained" / "w.mat"
    long = half(f"classes = {'a' * 300}.mat\nweights = w.mat")
    assert "there is no such file" in long.notes["classes"]


def test_the_run_type_is_the_tools(half):
    """An arch may have other modules to detect; and its input is as many pixels as it needs."""
    lines = "arch = ${${run_type}_pp}conv0,tanh\nrun_type = fprop\ndetect_pp = rgb_to_y0,"
    detects, trains = half(lines), half(f"{lines}\ntrain = a\nval = b\neta = 1", command="train")
    assert list(detects.arch["layers"]) == ["rgb_to_y0", "conv0", "tanh"]
    assert list(trains.arch["layers"]) == ["conv0", "tanh"]
    assert detects.arch["input"]["shape"] == [3, 5, 7]
    assert trains.arch["input"]["shape"] == [1, 5, 7]


def test_least_input(registry):
    lenet = compose("train", ["arch=lenet5_eblearn"])["arch"]
    assert least_input(registry, lenet["layers"], 1, {}) == [1, 28, 28]
    narrow = {"type": "narrow", "dim": 0, "size": 2, "offset": 1}
    with pytest.raises(NetkitError, match="no image of 1 maps and up to 512x512 pixels"):
        least_input(registry, {"n": narrow}, 1, {})


def test_every_variable_is_netkits_and_in_the_table():
    page = (Path(__file__).parents[2] / "docs" / "eblearn.md").read_text()
    table = page.split("## detect: variables")[1]
    here = compose("detect")
    for name in DETECT:
        assert f"| `{name}` |" in table, name
    for name in {*MATTER, *REASONS}:
        assert f"`{name}`" in page, name
    assert set(DETECT) - set(here) == {
        *("device", "input_dir", "pre_threshold"),
        *("vote_max_hcenter_dist", "vote_max_wcenter_dist"),
    }

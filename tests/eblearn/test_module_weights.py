"""manual_load: weights in a file a module."""

import numpy as np
import pytest

from netkit.eblearn.arch_reader import ArchReader
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.import_conf import import_conf
from netkit.errors import NetkitError
from netkit.files.idx import write_matrix
from netkit.files.npy import read_npz
from netkit.net import Net
from netkit.passes import Shards
from netkit.training.checkpoint import Checkpoint

TEXT = """name = parts
manual_load = 1
input_thickness = 2
arch = conv0,addc0,ms1,merge1,diag2,linear3,addc4
ms1_pipe0 = conv5
ms1_pipe1 = conv6
merge1_type = concat
conv0_kernel = 3x2
conv0_table_in = thickness
conv0_table_out = 4
conv0_weights = ${files}/a.mat,b.mat
addc0_weights = b0.mat
conv5_kernel = 1x1
conv5_table = ${files}/table_4_4_connect_4_fanin_1_density_0.25_one2one.mat
conv5_weights = one.mat
conv6_kernel = 1x1
conv6_table_in = thickness
conv6_table_out = 1
conv6_weights = all.mat
diag2_weights = c.mat
linear3_in = 20
linear3_out = noutputs
linear3_weights = w.mat
addc4_weights = b4.mat
train = x
val = y
"""
SHAPES = {
    "a": (3, 3, 2),
    "b": (5, 3, 2),  # the kernels of a and b together: four outputs of two maps
    "b0": (4,),
    "one": (4, 1, 1),
    "all": (4, 1, 1),
    "c": (5,),
    "w": (3, 20),
    "b4": (3,),
}


@pytest.fixture
def files(tmp_path):
    rng = np.random.default_rng(0)
    found = {name: rng.normal(size=shape) for name, shape in SHAPES.items()}
    for name, array in found.items():
        write_matrix(tmp_path / f"{name}.mat", array, "mat")
    (tmp_path / "p.conf").write_text(TEXT)
    return found


def test_each_module_gets_its_file(tmp_path, files, registry):
    lines = import_conf(tmp_path / "p.conf", tmp_path / "out")
    tensors = read_npz(tmp_path / "out" / "parts_modules.npz")
    kernels = np.concatenate([files["a"], files["b"]])
    expected = {
        "conv0.W": kernels.reshape(4, 12),
        "addc0.b": files["b0"],
        "ms1.pipe0.conv5.W": files["one"].reshape(4, 1),
        "ms1.pipe1.conv6.W": files["all"].reshape(1, 4),
        "diag2.c": files["c"],
        "linear3.W": files["w"],
        "addc4.b": files["b4"],
    }
    assert set(tensors) == set(expected)
    for name, array in expected.items():
        np.testing.assert_array_equal(tensors[name], array, err_msg=name)
    assert f"weights: {tmp_path / 'out'}/parts_modules.npz" in (
        (tmp_path / "out" / "parts.yaml").read_text()
    )
    assert not any("weights" in line and "not" in line for line in lines)

    layers = (
        ArchReader(ConfFile(tmp_path / "p.conf"), registry, 2)
        .read(TEXT.split("arch = ")[1].split("\n")[0])
        .layers
    )
    net = Net(
        registry.layers(layers, 3),
        (2, 4, 3),
        registry.make("backend", {"type": "numpy"}),
        dtype="float64",
    )
    Checkpoint.load(tmp_path / "out" / "parts_modules.npz", registry).restore(net)
    image = np.random.default_rng(1).normal(size=(2, 4, 3))
    found = Shards(net).outputs(image[None])[:, 0, 0, 0]
    np.testing.assert_allclose(found, by_hand(image, kernels, files), rtol=1e-12)


def by_hand(image, kernels, files):
    """The net as EBLearn runs it: kernel k belongs to row k of a table, outputs before inputs."""
    views = np.lib.stride_tricks.sliding_window_view(image, (3, 2), (1, 2))
    pairs = [(i, o) for o in range(4) for i in range(2)]
    x = np.zeros((4, 2, 2))
    for kernel, (i, o) in zip(kernels, pairs, strict=True):
        x[o] += (views[i] * kernel).sum((2, 3))
    x += files["b0"][:, None, None]
    all_maps = (files["all"].reshape(4, 1, 1) * x).sum(0, keepdims=True)
    x = np.concatenate([files["one"].reshape(4, 1, 1) * x, all_maps]) * files["c"][:, None, None]
    return files["w"] @ x.ravel() + files["b4"]


@pytest.mark.parametrize(
    ("words", "written"),
    [
        (["manual_load=0"], False),
        (["retrain=1", "retrain_weights=whole.mat"], False),
        (["weights=whole.mat"], True),  # a file of the whole net is for detect
    ],
)
def test_when_they_are_taken(tmp_path, files, words, written):
    import_conf(tmp_path / "p.conf", tmp_path / "out", words)
    text = (tmp_path / "out" / "parts.yaml").read_text()
    assert ("parts_modules.npz" in text) is written
    detects = (tmp_path / "out" / "parts_detect.yaml").read_text()
    assert ("parts_modules.npz" in detects) is (words == ["retrain=1", "retrain_weights=whole.mat"])


def test_training_begins_with_them(cli, tmp_path):
    """A file for one module alone: the others start new, and that is said."""
    kernels = np.random.default_rng(0).normal(size=(6, 5, 5))
    write_matrix(tmp_path / "k.mat", kernels, "mat")
    images = np.random.default_rng(1).normal(size=(40, 28, 28)).astype(np.float32)
    write_matrix(tmp_path / "x.mat", images[:30], "mat")
    write_matrix(tmp_path / "v.mat", images[30:], "mat")
    write_matrix(tmp_path / "y.mat", (np.arange(30) % 3).astype(np.int32), "mat")
    write_matrix(tmp_path / "w.mat", (np.arange(10) % 3).astype(np.int32), "mat")
    text = "name = m\narch = conv0,addc0,tanh,linear1,addc1\nmanual_load = 1\n"
    text += "conv0_kernel = 5x5\nconv0_stride = 4x4\nconv0_table_in = 1\nconv0_table_out = 6\n"
    text += "conv0_weights = k.mat\nlinear1_in = thickness\nlinear1_out = noutputs\n"
    text += "train = x.mat\ntrain_labels = y.mat\nval = v.mat\nval_labels = w.mat\n"
    (tmp_path / "m.conf").write_text(text + "eta = .0000001\niterations = 1\n")
    said = cli("train", "m.conf", "hydra.run.dir=run").stdout
    assert "m_modules.npz: takes conv0; addc0 starts new" in said
    found = Checkpoint.load(tmp_path / "run" / "last.safetensors").tensors["conv0.W"]
    np.testing.assert_allclose(found.reshape(6, 5, 5), kernels, atol=1e-3)


BAD = [
    ("addc0_weights = no.mat", "addc0_weights = no.mat: there is no such file: put it beside"),
    ("conv0_weights = a.mat,b0.mat", "their shapes do not join: .3, 3, 2., .4,."),
    ("conv0_weights = a.mat", r"conv0_weights: .3, 3, 2. do not fit conv0: give .kernels, 3, 2."),
    ("conv0_kernel = 3x3", r"conv0_weights: .8, 3, 2. do not fit conv0: give .kernels, 3, 3."),
    ("addc0_weights = t.mat", "int32 .2, 2. are no weights"),
]


@pytest.mark.parametrize(("line", "said"), BAD)
def test_files_that_do_not_fit(tmp_path, files, line, said):
    write_matrix(tmp_path / "t.mat", np.zeros((2, 2), np.int32), "mat")
    (tmp_path / "p.conf").write_text(f"{TEXT}{line}\n")
    with pytest.raises(NetkitError, match=said):
        import_conf(tmp_path / "p.conf", tmp_path / "out")
    assert not (tmp_path / "out").exists()

"""Nets of EBLearn's files: what is built of them, their tables, and the files of old that are not.

The numbers of weights are counted by hand from the modules, as EBLearn makes them.
"""

import numpy as np
import pytest
import yaml
from eblearn_confs import FACE, HOUSES, LETTERS

from netkit.eblearn.arch_reader import ArchReader, arch_of
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.import_conf import import_conf
from netkit.errors import NetkitError
from netkit.files.idx import write_matrix
from netkit.net import Net

CONVS = 6 * 25 + 6 + 60 * 25 + 16  # of the face net: 6 kernels over one map, 60 of LeCun's table
FACES = CONVS + 2 * (6 + 16) + 16 * 2 * 25 + 2  # with the coefficients and biases of subs
STREET = 32 * 25 + 16 + 1792 * 49 + 512 + 8448 * 20 + 20 + 20 * 10 + 10
NETS = [  # file, words after it, images, classes, weights
    (FACE, [], (3, 32, 32), 2, FACES),
    (FACE, [], (1, 32, 32), 2, FACES),
    (FACE, ["mode=colour"], (3, 32, 32), 2, FACES),
    (FACE, ["mode=luminance"], (1, 32, 32), 2, FACES),
    (FACE, ["pp_detect="], (3, 32, 32), 2, FACES),  # the first of three maps is seen
    (FACE, ["pp_detect="], (1, 32, 32), 2, FACES),
    (HOUSES, [], (3, 32, 32), 10, STREET),
    (LETTERS, [], (617, 1, 1), 26, 617 * 80 + 80 + 80 * 26 + 26),
]


@pytest.fixture
def reader(tmp_path, registry):
    def call(text, words=()):
        path = tmp_path / "a.conf"
        path.write_text(text)
        conf = ConfFile(path, words)
        thickness = int(conf.get("input_thickness") or 1)
        return ArchReader(conf, registry, thickness).read(arch_of(conf))

    return call


@pytest.fixture
def built(reader, registry):
    ops = registry.make("backend", {"type": "numpy"})

    def call(text, words, shape, classes):
        found = reader(text, words)
        return found, Net(registry.layers(found.layers, classes), shape, ops, dtype="float64")

    return call


def test_hand_counts():
    assert (FACES, STREET) == (2518, 258326)


@pytest.mark.parametrize(("text", "words", "shape", "classes", "weights"), NETS)
def test_numbers_of_weights(built, text, words, shape, classes, weights):
    found, net = built(text, words, shape, classes)
    assert sum(w.size for w in net.weights.values()) == weights
    assert net.shapes[-1] == (classes, 1, 1)
    drawn = "conv171_table" if text is HOUSES else None
    assert set(found.notes) == ({drawn} if drawn else set())


def test_what_the_modules_become(reader):
    layers = reader(FACE, ["mode=colour"]).layers
    assert layers["rgb_to_ypuv0"] == {"type": "rgb_to_ypuv", "kernel": 7, "global_norm": False}
    assert layers["wstd0"] == {"type": "wstd", "kernel": 5, "gaussian_coeff": 0}
    assert layers["conv0"]["table"] == {"first": 1}
    assert "table" not in reader(FACE).layers["conv0"]  # after rgb_to_yp there is one map
    houses = reader(HOUSES).layers
    assert list(houses)[:6] == [
        "conv051",
        "addc0",
        "tanh",
        "l4pool22",
        "l4pool22_l1penalty",
        "snorm5",
    ]
    assert houses["l4pool22_l1penalty"] == {"type": "l1penalty", "coeff": 1e-5}
    assert houses["conv051"]["table"] == [[0]] * 8 + [[0, 1, 2]] * 8
    assert houses["ms2"]["join"] == "flat"
    assert list(houses["ms2"]["layers"]["pipe1"]["layers"]) == [
        "l4pool53",
        "l4pool53_l1penalty",
        "snorm5",
    ]
    text = "arch = dnorm0,wstd0,zpad0,resizepp0\ndnorm0_kernel = 3x3\ndnorm0_threshold = 0\n"
    text += "wstd0_kernel = 3x3\nwstd0_fsum_split = .5\nzpad0_sides = 1,2,3,4\n"
    text += "resizepp0_pp = y_to_y0\nresizepp0_zpad = 2x3\ny_to_y0_global_norm = 0\n"
    text += "mirror = 1\n"
    other = reader(text)
    assert other.layers["dnorm0"] == {
        "type": "dnorm",
        "kernel": 3,
        "mirror": "repeat",
        "threshold": False,
        "floor": 1,
    }
    assert other.layers["zpad0"] == {"type": "zpad", "pad": [1, 2, 3, 4]}
    assert other.layers["y_to_y0"] == {"type": "y_to_y"}  # EBLearn does not read its global_norm
    assert other.layers["resizepp0_zpad"] == {"type": "zpad", "pad": [2, 3]}
    assert other.notes == {"wstd0_fsum_split": "wstd has no such setting here"}


def test_only_the_first_map_is_seen(built):
    """table_in = 1 over three maps: U and V change nothing, as in EBLearn's full_table(1, 6)."""
    _, net = built(FACE, ["pp_detect="], (3, 32, 32), 2)
    from netkit.passes import Shards

    image = np.random.default_rng(0).normal(size=(1, 3, 32, 32))
    other = image.copy()
    other[:, 1:] += 1
    shards = Shards(net)
    np.testing.assert_array_equal(shards.outputs(image), shards.outputs(other))
    assert np.abs(shards.outputs(image) - shards.outputs(image + 1)).max() > 1e-6


@pytest.mark.parametrize("place", ["beside", "given", "variable", "checkout", "there"])
def test_where_a_table_is_looked_for(tmp_path, reader, monkeypatch, place):
    rows = np.array([[5, 0], *([k % 6, k] for k in range(1, 16))], np.int32)  # told from LeCun's
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    folder = {
        "beside": tmp_path,
        "there": tmp_path / "home" / "eblearn" / "tools" / "data" / "tables",
        "checkout": tmp_path.parent / "tools" / "data" / "tables",
    }.get(place, tmp_path / "elsewhere")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "table_6_16_connect_60.mat"
    write_matrix(file, rows, "mat")
    text = FACE + ("tblroot = elsewhere\n" if place == "variable" else "")
    found = reader(text, [f"faces={folder}"] if place == "given" else [])
    file.unlink()
    assert found.layers["conv2"]["table"][0] == [5]
    assert "tblroot" not in found.conf.used


@pytest.mark.parametrize(
    ("text", "shape"), [(FACE, [3, 32, 32]), (HOUSES, [3, 32, 32]), (LETTERS, [617, 1, 1])]
)
def test_the_image_that_a_net_is_for(tmp_path, text, shape):
    """The smallest one that gives linear modules as many numbers as they say."""
    (tmp_path / "a.conf").write_text(text)
    import_conf(tmp_path / "a.conf", tmp_path / "out")
    (arch,) = (tmp_path / "out" / "arch").iterdir()
    assert yaml.safe_load(arch.read_text())["input"]["shape"] == shape


def test_a_linear_module_that_cannot_be_given_its_numbers(tmp_path):
    text = LETTERS.replace("linear2,addc2", "linear2,addc2,linear1") + "linear2_out = 10\n"
    (tmp_path / "a.conf").write_text(text)
    said = import_conf(tmp_path / "a.conf", tmp_path / "out")
    assert "  linear1_2_in: it says 617, and there are 10" in said


def test_a_drawn_table_is_said(tmp_path):
    (tmp_path / "a.conf").write_text(HOUSES)
    said = "\n".join(import_conf(tmp_path / "a.conf", tmp_path / "out"))
    assert "conv171_table: table_16_512_connect_1792_fanin_2_3_4_5_density_0.22_random.mat" in said
    assert "weights that were trained with it need the file itself" in said
    for name in ("snorm5_fsum_div", "merge2_strides", "conv051_table", "linear6_in"):
        assert f"  {name}: " not in said


BAD = [  # lines, what is said
    (FACE + "tables = no/table_6_16.mat", "conv2_table = no/table_6_16.mat: there is no such file"),
    (FACE + "tables = table_6_16_connect_61.mat", "there is no such file, nor one of its name"),
    (FACE + "abs0_energy = l2penalty", "abs0_energy = l2penalty: there is l1penalty"),
    ("net_type = cscf\nnet_ih = 19\n", "net_type = cscf: obsolete in EBLearn itself"),
    (
        ";; old\n;dfile = a.mat\nlush-code = run.lsh\nmode = 1\n",
        "lush-code = run.lsh: a file for Lush",
    ),
    ("eta = 1\n", "arch is missing"),
    ("arch = ,\n", "arch is missing"),
    ("arch = ${arch_${nett}}\nnet = two\n", r"as nothing is known of nett, arch_: give nett=VALUE"),
]


@pytest.mark.parametrize(("text", "said"), BAD)
def test_what_is_refused(reader, text, said):
    with pytest.raises(NetkitError, match=said):
        reader(text)

"""The net of EBLearn's face demo: its formulas in plain numpy, over windows and whole images.

Its trained weights are no part of this repository: the numbers are drawn, in the order and in the
kind of file that EBLearn writes.
"""

import numpy as np
import pytest
from eblearn_confs import FACE
from PIL import Image

from netkit.detection.detector import Detector
from netkit.detection.look import Look
from netkit.eblearn.arch_reader import ArchReader
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.table_files import LECUN
from netkit.files.idx import write_matrix
from netkit.net import Net
from netkit.passes import Shards
from netkit.training.checkpoint import Checkpoint


def window(n, spread):
    """Return EBLearn's Gaussian of n x n, which sums to 1."""
    d = np.arange(n) - n // 2
    g = np.exp(-(d[:, None] ** 2 + d**2) / spread)
    return g / g.sum()


def around(x, g):
    """Return the sums of a map weighted by g, for a map that has half a window more around it."""
    return (np.lib.stride_tricks.sliding_window_view(x, g.shape) * g).sum((2, 3))


def mirrored(x):
    """EBLearn's mirrorpad: the first row and column stand twice, the last ones once."""
    return np.pad(np.pad(x, [(3, 0), (3, 0)], mode="symmetric"), [(0, 3), (0, 3)], mode="reflect")


def preprocessed(rgb):
    """rgb_to_yp: y = v / max(s, 1) of the luminance at zero mean and unit deviation."""
    y = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
    y = (y - y.mean()) / y.std()
    g = window(7, 2 * 7 / 4)
    v = y - around(mirrored(y), g)
    s = np.sqrt(around(mirrored(v * v), g) + 1e-6)
    return (v / np.maximum(s, 1))[None]


def wstd(x):
    """Contrast normalisation with gaussian_coeff = 0: the kernel's quarter, squared."""
    g = window(5, (5 / 4) ** 2) / len(x)
    v = x - around(np.pad(x.sum(0), 2), g)
    s = np.sqrt(around(np.pad((v * v).sum(0), 2), g) + 1e-6)
    return v / np.maximum(s, s.mean())


def conv(x, kernels, table):
    """Add to map o, for each pair (i, o) in order, map i correlated with the pair's kernel."""
    views = np.lib.stride_tricks.sliding_window_view(x, (5, 5), (1, 2))
    y = np.zeros((1 + max(o for _, o in table), *views.shape[1:3]))
    for kernel, (i, o) in zip(kernels, table, strict=True):
        y[o] += (views[i] * kernel).sum((2, 3))
    return y


def subs(x, coeff):
    h, w = x.shape[1] // 2 * 2, x.shape[2] // 2 * 2
    quads = x[:, :h:2, :w:2] + x[:, 1:h:2, :w:2] + x[:, :h:2, 1:w:2] + x[:, 1:h:2, 1:w:2]
    return quads * coeff[:, None, None]


def faces(rgb, weights, zeros=0):
    """Return the answers (2, h, w) over an image (3, H, W), for EBLearn's vector of weights.

    zeros: so many are put around what rgb_to_yp makes of it.
    """
    sizes = [150, 6, 6, 6, 1500, 16, 16, 16, 800, 2]
    k0, b0, c1, b1, k2, b2, c3, b3, k4, b4 = np.split(weights, np.cumsum(sizes)[:-1])
    first, last = [(0, o) for o in range(6)], [(i, o) for o in range(2) for i in range(16)]
    lecun = [(i, o) for o, row in enumerate(LECUN) for i in row]
    x = np.pad(preprocessed(rgb), [(0, 0), (zeros, zeros), (zeros, zeros)])
    x = conv(x, k0.reshape(-1, 5, 5), first)
    x = wstd(np.abs(np.tanh(x + b0[:, None, None])))
    x = np.tanh(subs(x, c1) + b1[:, None, None])
    x = conv(x, k2.reshape(-1, 5, 5), lecun)
    x = wstd(np.abs(np.tanh(x + b2[:, None, None])))
    x = np.tanh(subs(x, c3) + b3[:, None, None])
    return np.tanh(conv(x, k4.reshape(-1, 5, 5), last) + b4[:, None, None])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("face")
    weights = np.random.default_rng(3).normal(0, 0.3, 2518)
    write_matrix(folder / "face_net.mat", weights, "mat")
    (folder / "face.conf").write_text(FACE)
    return folder, weights


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("size", [(32, 32), (47, 61), (90, 120)])
def test_outputs_are_the_formulas(registry, trained, backend, size):
    if backend not in registry.found["backend"]:
        pytest.skip("no compiler was found")
    folder, weights = trained
    reader = ArchReader(ConfFile(folder / "face.conf"), registry, 1)
    layers = reader.read(reader.conf.get("arch")).layers
    ops = registry.make("backend", {"type": backend})
    net = Net(registry.layers(layers, 2), (3, 32, 32), ops, dtype="float64")
    Checkpoint.load(folder / "face_net.mat", registry).restore(net)
    rng = np.random.default_rng(sum(size))
    steps = rng.uniform(0, 255, (2, 3, size[0] // 8 + 1, size[1] // 8 + 1))
    images = np.kron(steps, np.ones((8, 8)))[..., : size[0], : size[1]]
    images += rng.normal(0, 4, images.shape)
    found = net.ops.to_host(Shards(net).outputs(images))
    for k, image in enumerate(images):
        expected = faces(image, weights)
        assert np.ptp(expected) > 0.1 or size == (32, 32)
        np.testing.assert_allclose(found[..., k], expected, rtol=0, atol=1e-10)


def test_detection_is_the_formulas(registry, trained):
    """Zeros come around each size after rgb_to_yp, half of 32 pixels, as hzpad = .5 has them."""
    folder, weights = trained
    reader = ArchReader(ConfFile(folder / "face.conf"), registry, 1)
    layers = reader.read(reader.conf.get("arch")).layers
    ops = registry.make("backend", {"type": "numpy"})
    net = Net(registry.layers(layers, 2), (3, 32, 32), ops, dtype="float64")
    Checkpoint.load(folder / "face_net.mat", registry).restore(net)
    energy = registry.make("energy", {"type": "l2"}).bind(ops, net, 2)
    look = Look(hzpad=0.5, wzpad=0.5, background_name="bg")
    detector = Detector(net, energy, ["bg", "face"], look=look)
    image = np.random.default_rng(5).integers(0, 255, (3, 60, 75)).astype("uint8")
    expected = faces(image, weights, zeros=16)
    scaled, before = detector.scaled(image, (60, 75))
    assert before == (16, 16)
    np.testing.assert_allclose(detector.answer(scaled)[..., 0], expected, rtol=0, atol=1e-10)
    boxes, confidences, labels = detector.level(image, (60, 75))
    rows, columns = np.nonzero(expected[1] > expected[0])
    assert (labels == 1).all()
    assert sorted(boxes[:, :2].tolist()) == sorted(
        [float(4 * x - 16), float(4 * y - 16)] for y, x in zip(rows, columns, strict=True)
    )
    gap = (expected[1] - expected[0])[rows, columns] / 2  # of outputs in -1..1
    np.testing.assert_allclose(confidences, gap, atol=1e-10)


def test_detect_runs_the_file(cli, trained, tmp_path):
    write_matrix(tmp_path / "face_net.mat", trained[1], "mat")
    image = np.random.default_rng(6).integers(0, 255, (50, 70, 3)).astype("uint8")
    Image.fromarray(image).save(tmp_path / "people.gif")
    write_matrix(tmp_path / "names.mat", names("bg", "face"), "mat")
    text = FACE + "weights = ${root2}face_net.mat\nclasses = names.mat\nbackground_name = bg\n"
    text += "camera = directory\ninput_dir = ${root2}\ninput_list = people.gif\nhzpad = .5\n"
    text += "wzpad = .5\nscaling_type = 3\nscaling = 1.2\nnms = 1\nthreshold = .2\ndisplay = 1\n"
    (tmp_path / "people.conf").write_text(text)
    said = cli("detect", "people.conf", "display=false").stdout
    assert "people.gif: face (" in said
    assert "bg (" not in said


def names(*words):
    rows = np.zeros((len(words), 8), np.uint8)
    for row, word in zip(rows, words, strict=True):
        row[: len(word)] = list(word.encode())
    return rows

"""What the kernels are never given: batches, ops and weights that do not fit are refused."""

import numpy as np
import pytest

from netkit.backends.native.op import KINDS, NUMBERS
from netkit.backends.native.refuse import refuse_op
from netkit.energy import Energy
from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.net import Net
from netkit.passes import Shards

CONV = {"c": {"type": "conv", "out": 4, "kernel": 3}}


def passes(registry, backend, specs=CONV, shape=(3, 8, 8), dtype="float32"):
    return Shards(Net(registry.layers(specs, 10), shape, backend, dtype=dtype))


@pytest.mark.parametrize("channels", [1, 2, 4, 64, 4096])
def test_another_number_of_channels(registry, backend, channels):
    images = np.zeros((2, channels, 8, 8), np.float32)
    with pytest.raises(NetkitError, match=rf"images are \(2, {channels}, 8, 8\): .* \(3, 8, 8\)"):
        passes(registry, backend).outputs(images)


WRONG = {
    "no images": (np.zeros((0, 3, 8, 8), np.float32), "one or more of"),
    "three dimensions": (np.zeros((3, 8, 8), np.float32), "give numbers of shape"),
    "five dimensions": (np.zeros((1, 3, 8, 8, 1), np.float32), "give numbers of shape"),
    "too low": (np.zeros((1, 3, 7, 8), np.float32), "or larger ones"),
    "too narrow": (np.zeros((1, 3, 8, 2), np.float32), "or larger ones"),
    "objects": (np.zeros((1, 3, 8, 8), object), "images are object"),
    "complex": (np.zeros((1, 3, 8, 8), complex), "images are complex128"),
    "text": (np.zeros((1, 3, 8, 8), "U1"), "give numbers"),
}


@pytest.mark.parametrize("case", WRONG)
def test_images_that_are_none(registry, backend, case):
    images, said = WRONG[case]
    with pytest.raises(NetkitError, match=said) as raised:
        passes(registry, backend).outputs(images)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("dtype", ["uint8", "int16", "float16", "float32", "float64", "bool"])
def test_every_number_in_any_order_gives_the_same(registry, backend, dtype):
    """Types that C reads as they are, others, and views that are not contiguous."""
    images = np.random.default_rng(0).integers(0, 2, (4, 3, 9, 10)).astype(dtype)
    net = passes(registry, backend)
    expected = net.outputs(images.astype(np.float32))
    for same in (
        images,
        np.asfortranarray(images),
        images[::-1][::-1],
        np.repeat(images, 2, 3)[..., ::2],
    ):
        np.testing.assert_allclose(net.outputs(same), expected, rtol=1e-6, atol=1e-6)


class Liar(Layer):
    """Gives other maps than its build() says."""

    def build(self, shape):
        return 16, *shape[1:]

    def forward(self, x, ctx):
        return x, lambda dy: dy


def test_a_layer_that_gives_other_maps_than_it_said(registry, backend):
    if backend.name != "native":
        pytest.skip("the array libraries say it themselves")
    net = Net({"liar": Liar(), **registry.layers(CONV, 10)}, (3, 8, 8), backend)
    with pytest.raises(
        NetkitError, match=r"c: its weights W are float32 \(4, 144\), and for 3 maps"
    ):
        Shards(net).outputs(np.zeros((1, 3, 8, 8), np.float32))


class Short(Energy):
    """Gives a gradient of another shape than the outputs."""

    def forward(self, y, labels):
        return y.sum((0, 1, 2)), lambda scale: y[:1]

    def answer(self, y):
        return y.argmax(0), y.max(0)


def test_a_gradient_of_another_shape(registry, backend):
    if backend.name != "native":
        pytest.skip("the array libraries say it themselves")
    energy = Short()
    energy.ops = backend
    with pytest.raises(NetkitError, match=r"an array of \(1, 6, 6, 2\) where"):
        passes(registry, backend).gradient(
            np.zeros((2, 3, 8, 8), np.float32), np.zeros(2, int), energy
        )


@pytest.mark.parametrize(
    ("rows", "columns", "said"),
    [
        ([[0, 8]], [[0, 0]], r"places from 0 to 8 where -1 to 7 lie in a map"),
        ([[0, 0]], [[-2, 0]], r"places from -2 to 0 where"),
        ([[0]], [[0, 0]], r"an array of \(1, 1\) where \(1, 2\)"),
        ([[0, 0], [0, 0]], [[0, 0]], r"an array of \(3, 1, 1, 2\) where \(3, 2, 1, 2\)"),
    ],
)
def test_places_outside_of_a_map(backend, rows, columns, said):
    if backend.name != "native":
        pytest.skip("the array libraries say it themselves")
    x, small = np.zeros((3, 8, 8, 2), np.float32), np.zeros((3, 1, 1, 2), np.float32)
    for run in (lambda *at: backend.pick(x, *at, small), lambda *at: backend.unpick(small, *at, x)):
        with pytest.raises(NetkitError, match=said):
            run(np.array(rows), np.array(columns))


@pytest.mark.parametrize("box", [[[0], [9], [0], [1]], [[0], [1], [-1], [1]]])
def test_a_box_outside_of_a_map(backend, box):
    if backend.name != "native":
        pytest.skip("the array libraries say it themselves")
    x = np.zeros((3, 8, 8, 1), np.float32)
    with pytest.raises(NetkitError, match="where 0 to 8 lie in a map"):
        backend.cut(x, np.array(box), x.copy())


def op(**changes):
    plain = dict.fromkeys(NUMBERS, 1) | {"kind": KINDS["conv"], "ph": 0, "pw": 0, "pairs": 0}
    return plain | changes


HOSTILE = [
    *(
        {name: value}
        for name in ("C", "H", "W", "N", "O", "oh", "ow", "kh", "kw", "sh", "sw")
        for value in (0, -1, -(1 << 63))
    ),
    {"ph": -1},
    {"pw": -(1 << 40)},
    {"C": 1 << 21, "H": 1 << 20},
    {"N": 1 << 62},
    {"O": 1 << 41},
    {"kh": 1 << 21, "kw": 1 << 21},
    {"ph": 1 << 21, "pw": 1 << 21},
]


@pytest.mark.parametrize("changes", HOSTILE, ids=str)
def test_hostile_numbers(changes):
    with pytest.raises(NetkitError, match=r"^here: "):
        refuse_op(op(**changes), None, "here")


@pytest.mark.parametrize("pairs", [([0], [1]), ([1], [0]), ([-1], [0]), ([0], [-1]), ([0, 0], [0])])
def test_hostile_tables(pairs):
    with pytest.raises(NetkitError, match="its table names maps beyond"):
        refuse_op(op(), pairs, "here")


def test_an_op_that_is_right():
    refuse_op(op(C=3, O=4, pairs=2), ([0, 3], [2, 0]), "here")


@pytest.mark.parametrize("far", [10**30, 2**63 - 1])
@pytest.mark.parametrize("kernel", [[1, 1], [1, 3], [3, 1]])
@pytest.mark.parametrize("groups", [1, 3])
def test_one_tap_is_at_no_distance_from_another(registry, backend, far, kernel, groups):
    """A distance of very many pixels, of a kernel's only row, overflows nothing."""
    images = np.random.default_rng(0).integers(0, 256, (2, 3, 5, 6), np.uint8)
    found = []
    for distance in (1, far):
        apart = [1 if size > 1 else distance for size in kernel]
        conv = {"type": "conv", "out": 3, "kernel": kernel, "pad": 2, "groups": groups}
        found.append(passes(registry, backend, {"c": conv | {"dilation": apart}}, (3, 5, 6)))
    plain, other = (net.outputs(images) for net in found)
    np.testing.assert_array_equal(plain, other)

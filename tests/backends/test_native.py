"""The compiled kernels against the layers' own definition, for each instruction set."""

import itertools
import tracemalloc

import numpy as np
import pytest

from netkit.backends.native import library
from netkit.backends.native.library import Library
from netkit.backends.native.memory import SharedMemory
from netkit.backends.native.native import NativeBackend
from netkit.backends.native.op import MAX_TAPS, OP
from netkit.backends.native.stretch import Stretch
from netkit.backends.numpy import NumpyBackend
from netkit.build.augment import augmented
from netkit.build.parts import make_net, make_part
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.net import Net
from netkit.passes import Shards
from netkit.worker import Worker

ARCHS = (
    "lenet5",
    "lenet5_eblearn",
    "lenet5_modern",
    "linear",
    "mlp",
    "multiscale",
    "resnet",
    "detector",
    "resnet8",
    "mobile",
)
TARGETS = "avx512", "avx2", "baseline"


@pytest.fixture(params=TARGETS)
def native(request):
    return native_or_skip(1, request.param)


def compare(registry, layers, shape, n, native, training=False, coeff=0.01):
    """Assert that outputs, gradients of weights and of the image agree, between native and numpy in
    float64.
    """
    rng = np.random.default_rng([n, *shape])
    images = rng.integers(0, 256, (n, *shape), dtype=np.uint8)
    sides = []
    for ops, dtype in ((native, "float32"), (NumpyBackend(1), "float64")):
        named = {f"l{k}": dict(settings) for k, settings in enumerate(layers)}
        net = Net(
            registry.layers(named, 10), shape, ops, dtype=dtype, seed=3, bias=-100.0, coeff=coeff
        )
        net.values += (
            np.random.default_rng(5).normal(0, 0.05, net.values.size).astype(net.dtype)
        )  # biases too
        worker = Worker(net, first=True)
        worker.training = training
        y, backward = net.forward(worker.to_input(images), worker.contexts)
        dy = np.random.default_rng(7).normal(0, 1, y.shape).astype(net.dtype)
        y = y.copy()
        backward(dy)
        sides.append((net, worker, y, net.grads.copy()))
    (net, worker, y, dx), (_, exact, expected, expected_dx) = sides
    close(y, expected)
    close(worker.state, exact.state)
    for name in net.weights:
        place = net.places[name][1]
        close(dx[place], expected_dx[place], name, least=0.2 * np.abs(expected_dx).max())
    return worker


def close(a, b, what="", least=1e-3):
    """Assert that two arrays agree, as a share of the largest number, or of `least`: the gradient
    of a bias before a batchnorm is a sum of large numbers which cancel.
    """
    size = max(least, np.abs(b).max(initial=0))
    np.testing.assert_allclose(a, b, rtol=0, atol=3e-5 * size, err_msg=what)


def layer(kind, **settings):
    return {"type": kind, **settings}


def conv(out, kernel, **more):
    return layer("conv", out=out, kernel=kernel, **more)


def linear(out, **more):
    return layer("linear", out=out, **more)


TABLE = [[0], [1, 2], [0, 1, 2], [2], [0, 2]]
TANH, SIGMOID, RELU, ABS = map(layer, ("tanh", "sigmoid", "relu", "abs"))
CASES = {  # layers over an input of 3x12x14
    "plain": [conv(3, 3)],
    "many maps": [conv(17, 3), conv(9, [2, 4])],
    "one pixel": [conv(5, 1), conv(4, 1)],
    "stride": [conv(4, 3), conv(5, 3, stride=2), conv(3, 2, stride=[1, 2])],
    "large stride": [conv(4, 2), conv(3, 2, stride=3)],
    "pad": [conv(4, 3, pad=1), conv(6, 5, pad=[2, 1], stride=2)],
    "no bias": [conv(4, 3, bias=False), linear(7, bias=False)],
    "table": [conv(3, 3), conv(5, 3, table=TABLE), TANH],
    "table whole": [conv(3, 3), layer("avgpool", kernel=[10, 12]), conv(5, 1, table=TABLE)],
    "dilated": [conv(4, 3, dilation=2, pad=2), conv(5, [2, 3], dilation=[3, 2], stride=[2, 3])],
    "groups": [conv(6, 3), conv(4, 3, groups=2, pad=1), TANH, conv(6, 2, groups=2, dilation=2)],
    "depthwise": [conv(6, 1), conv(6, 3, groups=6, pad=1), RELU, conv(6, 3, groups=6, stride=2)],
    "depthwise more": [
        conv(3, [2, 3], groups=3, pad=[2, 4], bias=False),
        conv(6, [5, 3], groups=3, pad=[3, 2], stride=[1, 2], dilation=[1, 3]),
        TANH,
        conv(12, [3, 2], groups=6, pad=1, stride=[3, 2], dilation=2),
    ],
    "batchnorm": [conv(5, 3), layer("batchnorm"), RELU, layer("batchnorm", momentum=0.3), TANH],
    "batchnorm alone": [layer("batchnorm"), conv(6, 3, bias=False), layer("batchnorm"), SIGMOID],
    "batchnorm after any": [
        conv(6, 3, groups=3),
        layer("batchnorm"),
        conv(6, 3, groups=6, pad=1),
        layer("batchnorm"),
        RELU,
        conv(4, [10, 12]),
        layer("batchnorm"),
        ABS,
    ],
    "residual": [
        layer("residual", layers={"a": conv(3, 3, pad=1), "n": layer("batchnorm")}),
        RELU,
        layer("residual", layers={"a": conv(4, 3)}, shortcut={"m": conv(4, 3), "t": TANH}),
        TANH,
        layer("residual", layers={}, shortcut={"t": SIGMOID}),
    ],
    "residual in residual": [
        conv(4, 3),
        layer(
            "residual",
            layers={
                "a": layer("residual", layers={"b": conv(4, 1), "n": layer("batchnorm")}),
                "r": RELU,
            },
            shortcut={"s": layer("residual", layers={"t": TANH})},
        ),
        layer("residual", layers={"p": layer("avgpool", kernel=1), "c": conv(4, 1)}),
    ],
    "residual first": [
        layer(
            "residual",
            layers={"r": RELU, "c": conv(2, 2, stride=2)},
            shortcut={"p": layer("maxpool", kernel=2), "c2": conv(2, 1)},
        ),
        layer("residual", layers={"r": RELU}),
    ],
    "activations": [conv(3, 3), TANH, conv(3, 3), SIGMOID, conv(3, 3), RELU, conv(3, 3), ABS],
    "one after the other": [conv(3, 3), TANH, SIGMOID, RELU, ABS],
    "subs": [conv(3, 2), layer("subs", kernel=2), TANH],
    "subs apart": [conv(3, 2), layer("subs", kernel=[2, 3], stride=[3, 4], bias=False)],
    "subs over": [conv(3, 2), layer("subs", kernel=3, stride=2)],
    "averages": [conv(3, 2), layer("avgpool", kernel=3, stride=1), layer("globalavgpool")],
    "maxima": [conv(3, 2), layer("maxpool", kernel=2), layer("maxpool", kernel=3, stride=2)],
    "short rows": [conv(16, [3, 5]), RELU, conv(17, 5, stride=2), conv(16, [2, 3], pad=1), TANH],
    "short rows, table": [
        conv(3, [1, 8]),
        conv(16, [3, 4], table=[[0, 2], [1], [0, 1, 2]] * 5 + [[2]]),
    ],
    "two apart": [conv(3, 3), layer("maxpool", kernel=2), layer("subs", kernel=2), layer("tanh")],
    "two of three": [
        conv(3, 2),
        layer("maxpool", kernel=[2, 2], stride=[3, 2]),
        layer("subs", kernel=[1, 2], stride=[2, 2]),
    ],
    "contrast": [conv(4, 3), layer("wstd", kernel=5), layer("wstd", kernel=[4, 3])],
    "zeros": [conv(2, 3), layer("zpad", pad=[1, 2]), layer("maxpool", kernel=2)],
    "zeros first": [layer("zpad", pad=2), conv(2, 3, pad=1), linear(4)],
    "between others": [conv(3, 3), layer("softplus"), conv(4, 3), layer("addc"), TANH],
    "linear": [linear(21), TANH, linear(3)],
    "tiles": [
        conv(8, 3, pad=1),
        RELU,
        conv(17, 3, pad=[2, 0]),
        TANH,
        conv(9, 3, pad=1, bias=False),
        layer("batchnorm"),
        RELU,
        conv(8, 3, pad=[0, 2]),
        ABS,
    ],
    "full vectors": [
        conv(16, 3, pad=1),
        RELU,
        conv(16, 3, pad=[2, 0]),
        layer("batchnorm"),
        RELU,
        layer("residual", layers={"a": conv(16, 3, pad=1), "n": layer("batchnorm")}),
        TANH,
        conv(13, 3, pad=[0, 2], bias=False),
        SIGMOID,
    ],
    "many maps of tiles": [conv(9, 1), conv(41, 3, pad=1), RELU, conv(25, 3), conv(10, 3)],
    "residual with tiles": [
        conv(8, 1),
        layer("residual", layers={"a": conv(8, 3, pad=1), "n": layer("batchnorm")}),
        RELU,
        layer(
            "residual",
            layers={"a": conv(12, 3, stride=2, pad=1), "n": layer("batchnorm")},
            shortcut={"s": conv(12, 1, stride=2), "m": layer("batchnorm")},
        ),
        RELU,
        layer(
            "residual",
            layers={"a": conv(12, 3, pad=1), "t": TANH},
            shortcut={"s": conv(12, [1, 3], pad=[0, 1])},
        ),
    ],
    "rows and columns that nobody sees": [
        conv(4, [1, 3], stride=[2, 1], pad=1),
        conv(5, [3, 1], stride=[1, 3], pad=[1, 2]),
        conv(6, 1, stride=[3, 2], pad=[1, 0]),
        conv(4, 1, stride=[2, 1]),
    ],
    "inside": [conv(3, 1), layer("residual", layers={"b": conv(3, 3, pad=1), "t": TANH})],
}


@pytest.mark.parametrize("more", [{"pad": 1}, {"stride": 2}], ids=["padded", "stride"])
def test_groups_that_fit_the_cache_alone(registry, native, more):
    """Their maps together are more than are laid out at once, those of one group are not."""
    compare(registry, [conv(16, 3, groups=4, **more)], (32, 20, 20), 21, native, training=True)


@pytest.mark.parametrize("n", [1, 3, 5, 16, 33])
@pytest.mark.parametrize("case", CASES)
def test_cases(registry, native, case, n):
    worker = compare(registry, CASES[case], (3, 12, 14), n, native)
    compare(registry, CASES[case], (3, 12, 14), n, native, training=True)
    assert isinstance(worker.contexts[0].fused[0][0], Stretch)


@pytest.mark.parametrize(
    ("kernel", "stride", "pad", "maps", "out"),
    [
        (k, s, p, c, o)
        for k, s, p, (c, o) in itertools.product(
            [(1, 2), (3, 3), (5, 5), (7, 2)], [1, 2], [0, 1], [(1, 6), (4, 8), (7, 11)]
        )
    ],
)
def test_convolutions(registry, native, kernel, stride, pad, maps, out):
    layers = [conv(maps, 1), conv(out, list(kernel), stride=stride, pad=pad)]
    compare(registry, layers, (2, 9, 10), 6, native)


@pytest.mark.parametrize(("height", "width"), [(4, 4), (5, 61), (30, 6), (11, 40)])
@pytest.mark.parametrize("n", [1, 2, 8, 17, 32])
def test_tiles(registry, native, height, width, n):
    """Maps of one tile or less, and of several blocks of tiles, rows or columns."""
    layers = [conv(12, 1), conv(9, 3, pad=1), TANH, conv(16, 3, pad=2)]
    worker = compare(registry, layers, (2, height, width), n, native)
    program = next(iter(worker.contexts[0].fused[0][0].programs.values()))
    pairs = 2 * 12, 12 * 9, 9 * 16  # of maps, each with its kernel's values at 36 points
    room = [program.scratch_of(k, back=1) for k in range(3)]
    assert all(r >= 36 * n for r, n in zip(room[1:], pairs[1:], strict=True))


@pytest.mark.parametrize(("height", "width"), [(5, 130), (40, 60)])
def test_blocks_of_tiles_with_maps_in_lanes(registry, native, height, width):
    """Some tiles of a row; and more values than stay where they are until the pass backward."""
    layers = [conv(16, 1), conv(31, 3, pad=1), TANH, conv(16, 3, pad=[2, 1])]
    compare(registry, layers, (2, height, width), 1, native)


def test_what_answers_keep_follows_the_weights(registry):
    """Values of kernels are kept from answer to answer, of the weights that they are of."""
    images = np.random.default_rng(0).integers(0, 256, (1, 2, 9, 9), dtype=np.uint8)
    named = {"a": conv(16, 3), "b": conv(17, 3, pad=1)}
    net = Net(registry.layers(named, 10), (2, 9, 9), native_or_skip(), seed=3, coeff=0.01)
    shards = Shards(net)
    first = shards.outputs(images)
    for place in 9, -9:  # of the first output map, and of the last
        net.values[net.places["b.W"][1]][place] += 1
        changed = shards.outputs(images)
        assert not np.array_equal(changed, first)
        np.testing.assert_array_equal(changed, Shards(net).outputs(images))
        first = changed


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("n", [1, 9])
def test_maps_that_are_laid_out_some_rows_at_a_time(registry, native, stride, n):
    layers = [conv(7, 1), conv(5, [5, 3], stride=stride, pad=[2, 1]), RELU]
    compare(registry, layers, (2, 26, 250), n, native, training=True)


def answers(registry, layers, shape, ops, dtype, images, times=1):
    """Return what a net whose weights and statistics are random answers, the last of some times."""
    named = {f"l{k}": dict(settings) for k, settings in enumerate(layers)}
    net = Net(registry.layers(named, 10), shape, ops, dtype=dtype, seed=3, bias=-100.0, coeff=0.01)
    rng = np.random.default_rng(5)
    net.values += rng.normal(0, 0.05, net.values.size).astype(dtype)
    net.state[...] = rng.uniform(0.5, 2, net.state.size)
    shards = Shards(net)
    found = [shards.outputs(images) for _ in range(times)]
    for other in found:
        np.testing.assert_array_equal(other, found[0])
    return found[0]


@pytest.mark.parametrize("n", [1, 6])
@pytest.mark.parametrize("case", CASES)
def test_answers(registry, native, case, n):
    """Batchnorm with the convolution before it, and one image by several threads."""
    images = np.random.default_rng(n).integers(0, 256, (n, 3, 12, 14), dtype=np.uint8)
    given = CASES[case], (3, 12, 14)
    ops = NativeBackend(3, native.library.target)
    ours = answers(registry, *given, ops, "float32", images, times=3)
    close(ours, answers(registry, *given, NumpyBackend(1), "float64", images))


def test_threads_that_share_a_pass(registry):
    """Many passes of a larger image: every turn at its work is taken once."""
    layers = []
    for stride in (2, 1, 1, 2, 1):
        layers += [conv(12, 3, stride=stride, pad=1), layer("batchnorm"), RELU]
    images = np.random.default_rng(0).integers(0, 256, (1, 3, 90, 70), dtype=np.uint8)
    given = layers, (3, 90, 70)
    ours = answers(registry, *given, native_or_skip(4), "float32", images, times=100)
    close(ours, answers(registry, *given, NumpyBackend(1), "float64", images))


@pytest.mark.parametrize("arch", ARCHS)
def test_archs(registry, arch):
    cfg, rng, sides = compose("train", [f"arch={arch}"]), np.random.default_rng(0), []
    images, labels = rng.integers(0, 256, (70, 1, 28, 28), dtype=np.uint8), rng.integers(0, 10, 70)
    for ops in (native_or_skip(), NumpyBackend(2)):
        net = make_net(registry, cfg, (1, 28, 28), classes=10, ops=ops, coeff=0.01)
        if "jitter" in net.layers:
            net.layers.pop("jitter")  # draws for each block of images
        energy = registry.make("energy", cfg["energy"]).bind(ops, net, 10)
        shards = Shards(net)
        energies, answers = shards.gradient(images, labels, energy)
        sides.append(
            (
                energies,
                answers,
                net.grads.copy(),
                shards.outputs(images),
                *shards.test(images, labels, energy),
            )
        )
    names = "energies", "answers", "gradient", "outputs", "test energies", "test answers"
    # In mobile a relu in 500,000 is so near zero that float32 takes it for the other side.
    share = 1e-3 if arch == "mobile" else 2e-4
    for name, ours, theirs in zip(names, *sides, strict=True):
        if "answers" not in name:
            np.testing.assert_allclose(
                ours, theirs, rtol=0, atol=share * np.abs(theirs).max(), err_msg=name
            )


def native_or_skip(threads=2, target=None):
    try:
        return NativeBackend(threads, target)
    except NetkitError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("case", CASES)
def test_no_number_is_read_that_was_not_written(registry, case, monkeypatch):
    """Memory begins as NaN here, and a larger input before leaves its own numbers behind."""

    def poisoned(self, k, shape, plain=SharedMemory.empty):
        array = plain(self, k, shape)
        array.base[...] = np.nan
        return array

    monkeypatch.setattr(SharedMemory, "empty", poisoned)
    for n in 5, 1:
        compare(registry, CASES[case], (3, 12, 14), n, native_or_skip())


def test_shapes_take_turns_in_the_same_memory(registry):
    net = Net(
        registry.layers({"a": conv(4, 3), "t": TANH, "b": conv(5, 2)}, 10),
        (1, 9, 9),
        native_or_skip(),
    )
    worker = Worker(net, first=False)
    images = [
        np.random.default_rng(k).integers(0, 256, (n, 1, 9, 9 + k), np.uint8)
        for k, n in ((0, 3), (3, 7), (1, 2))
    ]
    expected = [
        other.outputs(image).copy() for image in images for other in [Worker(net, first=False)]
    ]
    for _ in range(2):
        for image, y in zip(images, expected, strict=True):
            np.testing.assert_array_equal(worker.outputs(image), y)
    assert len(worker.contexts[0].fused[0][0].memory.blocks) < 12


def test_float64_is_left_to_numpy(registry):
    net = Net(registry.layers({"a": conv(3, 3)}, 10), (1, 6, 6), native_or_skip(), dtype="float64")
    worker = Worker(net, first=True)
    net.forward(worker.to_input(np.zeros((2, 1, 6, 6), np.uint8)), worker.contexts)
    assert not isinstance(worker.contexts[0].fused[0][0], Stretch)


def test_contrast_normalisation_of_absolute_values(registry, native):
    """One step instead of two; its way back knows which inputs were negative, and which zero."""
    layers = [conv(4, 3), layer("abs"), layer("wstd", kernel=3), conv(2, 2)]
    compare(registry, layers, (2, 9, 8), 6, native)
    named = {f"l{k}": spec for k, spec in enumerate(layers)}
    net = Net(registry.layers(named, 2), (2, 9, 8), native)
    worker = Worker(net, first=True)
    net.forward(worker.to_input(np.zeros((2, 2, 9, 8), np.uint8)), worker.contexts)
    steps = worker.contexts[0].fused[0][0].steps
    assert [primitive["kind"] for primitive, _ in steps] == ["conv", "wstd", "conv"]
    grads = []
    for ops in (native, NumpyBackend(1)):
        net = Net(
            registry.layers({"c": conv(1, 1), "a": layer("abs"), "n": layer("wstd", kernel=3)}, 1),
            *((1, 5, 5), ops),
        )
        net.weights["c.W"][...], net.weights["c.b"][...] = 1, 0
        worker = Worker(net, first=True, wants_dx=True)
        x = np.arange(-12, 13, dtype=np.float32).reshape(1, 1, 5, 5)  # a zero in the middle
        _, back = net.forward(worker.to_input(x), worker.contexts)
        dy = np.random.default_rng(0).normal(size=(1, 5, 5, 1)).astype(np.float32)
        grads.append(np.array(back(dy)))
    assert grads[0][0, 2, 2, 0] == grads[1][0, 2, 2, 0] == 0
    close(*grads)


@pytest.mark.parametrize("n", [1, 7, 33, 70])
def test_jitter_is_the_same_map(registry, n):
    """At the image and between trained layers, whose gradients go back through it."""
    jitter = layer("jitter", shift=[2.5, 1], rotate=25, scale=0.3, shear=0.2)
    layers = [jitter, conv(4, 3), jitter, conv(3, 3)]
    compare(registry, layers, (2, 11, 13), n, native_or_skip(), training=True)


@pytest.mark.parametrize("n", [1, 5, 33, 70])
@pytest.mark.parametrize(
    "augmentation",
    [
        layer("flip"),
        layer("flip", axis="vertical"),
        layer("shift", by=3),
        layer("shift", by=[2, 8], fill="reflect"),
        layer("cutout", size=[5, 4]),
        layer("colour_jitter", brightness=0.4, contrast=0.4, saturation=0.9, hue=0.2),
        layer("noise", std=0.2),
        layer("gaussian_blur", sigma=1.5),
        layer("mixup"),
        layer("jitter", shift=1, elastic=1),
    ],
    ids=lambda a: a["type"],
)
def test_augmentation_is_the_same(registry, augmentation, n):
    """At the image and between trained layers, whose gradients go back through it."""
    layers = [augmentation, conv(3, 3), augmentation, conv(2, 2)]
    compare(registry, layers, (3, 11, 13), n, native_or_skip(), training=True)


def test_augmentation_is_the_same_however_a_batch_is_divided(registry):
    """Seventy images in threads and blocks of 32 against one pass over all of them.

    In a smooth net, in which no rounding of a colour chooses another maximum, and without
    batchnorm, whose statistics are those of a thread's share of the batch.
    """
    smooth = ["arch=lenet5", "arch.jitter=false", "arch.normalise=false"]
    cfg = compose("train", [*smooth, "augment=photos"])
    images = np.random.default_rng(0).integers(0, 256, (70, 1, 28, 28), dtype=np.uint8)
    labels, grads = np.arange(70) % 10, []
    for ops in (native_or_skip(3), NumpyBackend(1)):
        net = make_net(
            registry, augmented(cfg, images), (1, 28, 28), classes=10, ops=ops, coeff=0.01
        )
        energy = registry.make("energy", cfg["energy"]).bind(ops, net, 10)
        Shards(net).gradient(images, labels, energy, (3, 8))
        grads.append(net.grads.copy())
    assert list(net.layers["augment"].layers) == ["flip", "shift", "colour", "cutout"]
    close(*grads)


@pytest.mark.parametrize("count", [1, 7, 3073])
def test_random_numbers_are_the_same(count):
    for first, key in ((0, (3, 5)), (1 << 40, (2**64 - 1, 0, 9))):
        ours, theirs = (
            ops.uniform_by_image(count, 33, first, *key)
            for ops in (native_or_skip(), NumpyBackend())
        )
        np.testing.assert_array_equal(ours, theirs)


def test_an_unknown_target():
    native_or_skip()
    with pytest.raises(NetkitError, match=r"target=avx1024: this machine has .*baseline"):
        Library("avx1024")


@pytest.mark.parametrize("other", [OP.descr[:-1], [("more", "i8"), *OP.descr]])
def test_kernels_with_another_op_are_refused(monkeypatch, other):
    """What was compiled before a field was added or dropped would write anywhere."""
    native_or_skip()
    monkeypatch.setattr(library, "OP", np.dtype(other))
    with pytest.raises(NetkitError, match="is of another version: install netkit again"):
        Library()


def test_kernels_without_a_function_are_refused(monkeypatch):
    """What was compiled before a function was added."""
    native_or_skip()
    monkeypatch.setitem(library.SIGNATURES, "netkit_of_tomorrow", ())
    with pytest.raises(NetkitError, match="is of another version: install netkit again"):
        Library()


def test_what_no_kernel_runs_is_left_to_numpy(registry):
    """A kernel of more taps than fit the stack of the compiled ones."""
    net = Net(registry.layers({"a": conv(1, MAX_TAPS // 60)}, 10), (1, 70, 70), native_or_skip())
    worker = Worker(net, first=True)
    net.forward(worker.to_input(np.zeros((1, 1, 70, 70), np.uint8)), worker.contexts)
    assert not isinstance(worker.contexts[0].fused[0][0], Stretch)


@pytest.mark.parametrize("arch", ["lenet5", "lenet5_modern"])
@pytest.mark.parametrize("batch", [16, 256])
def test_a_steady_state_allocates_next_to_nothing(registry, arch, batch):
    """After the third step, all arrays of a step together take less than 64 KB of new memory."""
    cfg, ops, rng = compose("train", [f"arch={arch}"]), native_or_skip(), np.random.default_rng(0)
    net = make_net(registry, cfg, (1, 28, 28), classes=10, ops=ops, coeff=0.01)
    energy = registry.make("energy", cfg["energy"]).bind(ops, net, 10)
    optimizer, shards = make_part(registry, "optimizer", cfg), Shards(net)
    slots, images, labels = (
        optimizer.init(net.values),
        rng.integers(0, 256, (400, 1, 28, 28), np.uint8),
        np.arange(400) % 10,
    )

    def step(age):
        part = rng.integers(0, 400, batch)
        shards.gradient(ops.gather(images, part), labels[part], energy, (0, age))
        optimizer.step(net.values, net.grads, slots, age, 0.5)

    for age in range(1, 4):
        step(age)
    tracemalloc.start()
    try:
        step(4)  # what tracemalloc itself takes
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        step(5)
        assert tracemalloc.get_traced_memory()[1] - before < 64 << 10
    finally:
        tracemalloc.stop()


def test_images_of_growing_sizes_take_the_memory_of_the_largest(registry, native):
    """Twice over: programs that held smaller blocks are made anew, and then stay."""
    layers = {"c": conv(16, 3, pad=1), "t": TANH, "c2": conv(16, 3, pad=1), "s": SIGMOID}
    sizes = range(20, 140, 10)

    def held(sides):
        net = Net(registry.layers(layers, 10), (1, 16, 16), native, dtype=np.float32)
        shards = Shards(net)
        tracemalloc.start()
        try:
            answers = [shards.outputs(np.full((1, 1, k, k), 9, np.uint8)).copy() for k in sides]
            for answer, k in zip(answers, sides, strict=True):
                assert answer.shape == (16, k, k, 1)
            taken = sum(answer.nbytes for answer in answers)
            return tracemalloc.get_traced_memory()[0] - taken
        finally:
            tracemalloc.stop()

    largest = held([sizes[-1]])
    assert held([*sizes, *sizes]) < 1.3 * largest

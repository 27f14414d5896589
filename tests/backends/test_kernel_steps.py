"""What kernels do for a worker: write gradients at once, read images as they are."""

import numpy as np
import pytest

from netkit.backends.native.native import NativeBackend
from netkit.backends.numpy import NumpyBackend
from netkit.errors import NetkitError
from netkit.kernel_steps import only_step, steps_of
from netkit.net import Net
from netkit.passes import Shards

CONV = {"type": "conv", "out": 8, "kernel": 3}
LINEAR = {"type": "linear", "out": 10}
NORM = {"type": "batchnorm"}
SUBS = {"type": "subs", "kernel": 2}
PYTHON = {"type": "linear_shrink"}  # a layer with weights that no kernel runs
BLOCK = {"type": "residual", "layers": {"a": {**CONV, "pad": 1}, "n": NORM}}
SHAPE = 2, 11, 12
NETS = {
    "kernels alone": [CONV, {"type": "tanh"}, SUBS, LINEAR],
    "between": [CONV, NORM, PYTHON, SUBS, LINEAR],
    "blocks": [CONV, BLOCK, SUBS, LINEAR],
    "inside": [CONV, {"type": "chain", "layers": {"a": CONV, "p": PYTHON}}, LINEAR],
}


def net_of(registry, name, ops, dtype="float32", frozen=()):
    named = {f"l{k}": dict(layer) for k, layer in enumerate(NETS[name])}
    net = Net(registry.layers(named, 10), SHAPE, ops, dtype=dtype, seed=2, coeff=0.01)
    net.values += np.random.default_rng(1).normal(0, 0.1, net.values.size).astype(dtype)
    net.freeze(frozen)
    return net


def native_or_skip(threads=2):
    try:
        return NativeBackend(threads)
    except NetkitError as error:
        pytest.skip(str(error))


def batch_of(n):
    rng = np.random.default_rng(n)
    return rng.integers(0, 256, (n, *SHAPE), dtype=np.uint8), rng.integers(0, 10, n)


@pytest.mark.parametrize("frozen", [(), ("l0",), ("l1",)])
@pytest.mark.parametrize("n", [1, 3, 40])
@pytest.mark.parametrize("name", NETS)
def test_nothing_of_the_batch_before_is_left(registry, name, n, frozen):
    """The gradient is overwritten with NaN between two steps, as an optimizer may leave it."""
    found = []
    for ops, dtype in ((native_or_skip(), "float32"), (NumpyBackend(1), "float64")):
        net = net_of(registry, name, ops, dtype, frozen)
        energy = registry.make("energy", {"type": "l2"}).bind(ops, net, 10)
        shards = Shards(net)
        for k in (5, n, n):
            net.grads.fill(np.nan)
            for room in shards.rooms.values():
                room.fill(np.nan)
            shards.gradient(*batch_of(k), energy)
        found.append(net.grads.copy())
    ours, exact = found
    learn = np.ones(len(ours), bool)
    for full, (kind, place, _) in net.places.items():
        if kind == "weights" and full.startswith(tuple(f"{one}." for one in frozen)):
            learn[place] = False
    np.testing.assert_allclose(ours[learn], exact[learn], rtol=0, atol=1e-4 * np.abs(exact).max())


@pytest.mark.parametrize("name", NETS)
@pytest.mark.parametrize("n", [1, 40])
def test_images_are_answered_in_whatever_way_they_come(registry, name, n):
    net = net_of(registry, name, native_or_skip())
    shards = Shards(net)
    images, _ = batch_of(n)
    expected = shards.workers[0].outputs(images).copy()
    assert (only_step(shards.workers[0].contexts) is not None) == (
        name in ("kernels alone", "blocks")
    )
    wide = np.repeat(images, 2, axis=3)[..., ::2]
    assert not wide.flags.c_contiguous
    for same in (images, wide, images.astype("float32"), images.astype("float64")):
        for _ in range(2):
            np.testing.assert_array_equal(shards.outputs(same), expected)
    with pytest.raises(NetkitError, match="this net takes"):
        shards.outputs(images[:, :1])


def test_after_training_a_net_answers_as_outside_of_it(registry):
    """Batch normalisation by the running statistics again, in the same program."""
    ops = native_or_skip(1)
    net = net_of(registry, "blocks", ops)
    energy = registry.make("energy", {"type": "l2"}).bind(ops, net, 10)
    shards = Shards(net)
    images, labels = batch_of(2)
    before = shards.outputs(images)
    shards.gradient(images, labels, energy)
    net.state[...] = Net(net.layers, SHAPE, ops).state  # what was shown is forgotten
    np.testing.assert_array_equal(shards.outputs(images), before)
    assert steps_of(shards.workers[0].contexts)

"""Threads that come to a pass of another: the same bits, and none is left behind."""

import gc
import threading

import numpy as np
import pytest

from netkit.backends.native import program
from netkit.backends.native.native import NativeBackend
from netkit.errors import NetkitError
from netkit.net import Net
from netkit.passes import Shards

SHAPE = 3, 26, 30
CONV = {"type": "conv", "out": 24, "kernel": 3, "pad": 1}
POOL = {"type": "maxpool", "kernel": 2}
NETS = {
    "tiles": [CONV, {"type": "relu"}, CONV, {"type": "batchnorm"}, POOL],
    "rows": [CONV | {"kernel": 5, "stride": 2}, {"type": "tanh"}, {"type": "subs", "kernel": 2}],
    "maps": [CONV, CONV | {"groups": 24}, {"type": "abs"}, {"type": "addc"}, POOL],
    "linear": [{"type": "linear", "out": 40}, {"type": "tanh"}],
    "lanes": [CONV | {"out": 16}, {"type": "relu"}, CONV | {"out": 31}, CONV | {"out": 16}],
    "lanes, norm": [CONV | {"out": 16}, CONV | {"out": 16}, {"type": "batchnorm"}, POOL],
}


def shards_of(registry, name, threads):
    """Return a net of NETS with an output for each of ten classes, run by so many threads."""
    try:
        ops = NativeBackend(threads)
    except NetkitError as error:
        pytest.skip(str(error))
    layers = [*NETS[name], {"type": "linear", "out": 10}]
    named = {f"l{k}": dict(layer) for k, layer in enumerate(layers)}
    return Shards(Net(registry.layers(named, 10), SHAPE, ops, seed=1, coeff=0.01))


def answers(registry, name, images, threads, times):
    """Return what a net answers, many times, by so many threads; the second is of one image."""
    shards = shards_of(registry, name, threads)
    return [[shards.outputs(images), shards.outputs(images[:1])] for _ in range(times)]


@pytest.mark.parametrize("name", NETS)
def test_the_same_bits_for_any_number_of_threads(registry, name, monkeypatch):
    monkeypatch.setattr(program, "SHARED_WORK", 0)
    images = np.random.default_rng(0).integers(0, 256, (17, *SHAPE), dtype=np.uint8)
    ((alone, one),) = answers(registry, name, images, 1, 1)
    for threads in 2, 3:
        for several, single in answers(registry, name, images, threads, 40):
            np.testing.assert_array_equal(several, alone)
            np.testing.assert_array_equal(single, one)


@pytest.mark.parametrize("name", NETS)
def test_one_image_trains_to_the_same_bits(registry, name, monkeypatch):
    """Threads write some gradients each, and nothing is left of the step before."""
    monkeypatch.setattr(program, "SHARED_WORK", 0)
    images = np.random.default_rng(0).integers(0, 256, (4, *SHAPE), dtype=np.uint8)
    found = []
    for threads in 1, 2, 3:
        shards = shards_of(registry, name, threads)
        net = shards.net
        energy = registry.make("energy", {"type": "cross_entropy"}).bind(net.ops, net, 10)
        found.append([])
        for step in range(12):
            one = slice(step % 4, step % 4 + 1)
            shards.gradient(images[one], np.array([step % 10]), energy)
            net.values -= np.float32(1e-3) * net.grads
            found[-1].append(net.grads.copy())
        helped = net.ops.helpers.crew is not None
        assert helped == (threads > 1)
    for several in found[1:]:
        np.testing.assert_array_equal(several, found[0])


def test_a_small_pass_wakes_nobody(registry):
    """A LeNet-5 is done before a thread is awake."""
    images = np.zeros((1, *SHAPE), np.uint8)
    before = set(threading.enumerate())  # some of which may end meanwhile
    answers(registry, "linear", images, 3, 1)
    assert set(threading.enumerate()) <= before


def test_threads_end_with_their_backend(registry, monkeypatch):
    monkeypatch.setattr(program, "SHARED_WORK", 0)
    helping = lambda: {t for t in threading.enumerate() if t.name == "netkit-help"}  # noqa: E731
    before, images = helping(), np.zeros((1, *SHAPE), np.uint8)
    answers(registry, "tiles", images, 3, 2)
    gc.collect()
    for thread in helping() - before:
        thread.join(10)
        assert not thread.is_alive()


def test_a_board_that_is_taken_is_left_to_its_owner(registry, monkeypatch):
    """Two threads answer at once: each has the right answer."""
    monkeypatch.setattr(program, "SHARED_WORK", 0)
    try:
        ops = NativeBackend(3)
    except NetkitError as error:
        pytest.skip(str(error))
    images = np.random.default_rng(0).integers(0, 256, (1, *SHAPE), dtype=np.uint8)
    layers = {f"l{k}": dict(layer) for k, layer in enumerate([*NETS["tiles"], NETS["linear"][0]])}
    shards = [Shards(Net(registry.layers(layers, 40), SHAPE, ops, seed=1)) for _ in range(2)]
    expected = shards[0].outputs(images).copy()
    wrong = []

    def work(mine):
        for _ in range(200):
            if not np.array_equal(mine.outputs(images), expected):
                wrong.append(1)

    both = [threading.Thread(target=work, args=(one,)) for one in shards]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert not wrong
    assert ops.helpers.crew is not None
    assert not ops.helpers.crew.board[1:3].any()  # nobody owns it, and it is not open

"""A batch divided over threads: parts that follow from its size, and the same bits for all."""

import numpy as np
import pytest

import netkit
from netkit.backends.base import Backend
from netkit.backends.numpy import NumpyBackend
from netkit.net import Net
from netkit.passes import Shards

CONV = {"type": "conv", "out": 6, "kernel": 5}
LINEAR = {"type": "linear", "out": 10}
NORM = {"type": "batchnorm"}
SHAPE = 1, 28, 28


@pytest.mark.parametrize(
    ("arch", "batch"), [("lenet5_modern", 16), ("lenet5_modern", 150), ("resnet", 64)]
)
def test_the_same_weights_and_tests_for_any_number_of_threads(arch, batch):
    """With dropout, jitter, batchnorm and residuals; the machine need not have the threads."""
    found = []
    for threads in 1, 3:
        words = [f"arch={arch}", f"backend.threads={threads}", f"batch_size={batch}"]
        run = netkit.train(*words, iterations=1, train_size=150, val_size=70, report=False)
        row = run.rows[-1]
        scores = row["energy"], row["test_energy"], row["test_correct"]
        found.append((run.net.values.tobytes(), run.net.state.tobytes(), scores))
    assert run.net.values.any()
    if run.net.ops.name == "native":
        assert len(set(found)) == 1
    else:  # what numpy answers in a test differs by rounding with the images of a thread
        assert len({one[:2] for one in found}) == 1


def shards_of(registry, *layers, threads=4):
    named = {f"l{k}": dict(layer) for k, layer in enumerate(layers)}
    return Shards(Net(registry.layers(named, 10), SHAPE, NumpyBackend(threads)))


@pytest.mark.parametrize(
    ("images", "parts"), [(1, [1]), (2, [1, 1]), (33, [16, 17]), (200, [66, 67, 67])]
)
def test_parts_of_a_batch(registry, images, parts):
    shards = shards_of(registry, CONV, LINEAR)
    shards.min_images = 1
    found = shards.parts(images)
    assert [part.stop - part.start for part in found] == parts
    assert (found[0].start, found[-1].stop) == (0, images)


def test_parts_are_work_enough_for_a_thread(registry):
    shards = shards_of(registry, LINEAR)
    assert shards.min_images > 16
    assert shards.parts(16) == [slice(0, 16)]


def test_statistics_average_over_32_images_or_half_a_batch(registry):
    shards = shards_of(registry, CONV, NORM, LINEAR)
    shards.min_images = 1
    assert [len(shards.parts(n)) for n in (8, 64, 95, 96, 256, 10_000)] == [2, 2, 2, 3, 8, 16]


def test_a_device_takes_a_batch_whole(registry):
    assert not Backend.divides
    shards = shards_of(registry, CONV, LINEAR)
    shards.ops.divides = False
    assert shards.parts(10_000) == [slice(0, 10_000)]


@pytest.mark.parametrize("threads", [1, 2, 3, 5])
def test_a_gradient_in_parts_is_that_of_the_whole(registry, threads):
    """In float64, summed in one order: the same bits for any threads, and the sum of the parts."""
    named = {"c": dict(CONV), "f": dict(LINEAR)}
    images = np.random.default_rng(0).integers(0, 256, (330, *SHAPE), dtype=np.uint8)
    labels = np.arange(330) % 10

    def gradient(threads, divides=True):
        ops = NumpyBackend(threads)
        ops.divides = divides
        net = Net(registry.layers(named, 10), SHAPE, ops, dtype=np.float64, coeff=0.01)
        shards = Shards(net)
        shards.min_images = 1
        energy = registry.make("energy", {"type": "l2"}).bind(ops, net, 10)
        energies, answers = shards.gradient(images, labels, energy, (1,))
        assert len(shards.parts(330)) == (5 if divides else 1)
        return net.grads.copy(), energies, answers

    grads, energies, answers = gradient(threads)
    for a, b in zip((grads, energies, answers), gradient(1), strict=True):
        np.testing.assert_array_equal(a, b)
    whole = gradient(1, divides=False)
    np.testing.assert_allclose(grads, whole[0], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(energies, whole[1], rtol=1e-12)
    np.testing.assert_array_equal(answers, whole[2])

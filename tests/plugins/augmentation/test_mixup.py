"""mixup: which images are mixed by which shares, and that the energy is that of both."""

import numpy as np
import pytest

from netkit.backends.numpy import NumpyBackend
from netkit.mixing import Mix, mixed
from netkit.net import Net
from netkit.passes import Shards
from netkit.plugins.augmentation.mixup import larger_shares
from netkit.registry import Registry
from netkit.testing import check_gradient
from netkit.worker import Worker

REGISTRY = Registry()
OURS = sorted(
    name
    for name, offers in REGISTRY.found["energy"].items()
    if "netkit" in offers and REGISTRY.get("energy", name).targets == "class"
)
LAYERS = {"m": {"type": "mixup", "alpha": 0.7}, "f": {"type": "linear", "out": 3}}


def trained(registry, energy, n, ops=None, dtype="float64"):
    """A net that mixes, its energy, and a batch."""
    ops = ops or NumpyBackend(1)
    net = Net(registry.layers(LAYERS, 3), (2, 3, 4), ops, dtype=dtype, seed=1)
    rng = np.random.default_rng(0)
    made = registry.make("energy", {"type": energy}).bind(ops, net, 3)
    return net, made, rng.normal(size=(n, 2, 3, 4)), rng.integers(0, 3, n)


def test_images_are_mixed_as_the_worker_is_told(registry):
    net, _, images, _ = trained(registry, "l2", 9)
    worker = Worker(net, first=True)
    worker.training = True
    seen = {}
    net.forward(
        worker.to_input(images), worker.contexts, see=lambda n, _, x, y: seen.update({n: y.copy()})
    )
    ((order, share),) = worker.mixes
    assert sorted(order) == list(range(9))
    assert list(order) != list(range(9))
    assert ((share >= 0.5) & (share <= 1)).all()
    for k in range(9):
        expected = share[k] * images[k] + (1 - share[k]) * images[order[k]]
        np.testing.assert_allclose(seen["m"][..., k], expected, atol=1e-12)
    worker.training = False
    net.forward(worker.to_input(images), worker.contexts)
    assert worker.mixes == []


@pytest.mark.parametrize("energy", OURS)
def test_the_energy_is_that_of_both_labels(registry, energy):
    """And the gradient is the one of that energy, against differences in float64."""
    net, loss, images, labels = trained(registry, energy, 7)
    shards = Shards(net)
    energies, _ = shards.gradient(images, labels, loss, (4,))
    ((order, share),) = shards.workers[0].mixes
    assert len({*labels[order]}) > 1
    x = share[:, None, None, None] * images + (1 - share)[:, None, None, None] * images[order]
    y = np.tensordot(net.weights["f.W"].reshape(3, 2, 3, 4), x, ((1, 2, 3), (1, 2, 3)))
    y = (y + net.weights["f.b"].reshape(3, 1))[:, None, None]
    first, second = loss.forward(y, labels)[0], loss.forward(y, labels[order])[0]
    np.testing.assert_allclose(energies, share * first + (1 - share) * second, rtol=1e-12)
    check_gradient(net, shards, loss, images, labels, key=(4,))


@pytest.mark.parametrize("n", [1, 2, 70])
def test_every_backend_and_batch(registry, backend, n):
    """One image has none to be mixed with; blocks and threads mix each their own."""
    net, loss, images, labels = trained(registry, "cross_entropy", n, backend, "float32")
    shards = Shards(net)
    energies, answers = shards.gradient(*backend.samples(images.astype("float32"), labels), loss)
    assert energies.shape == answers.shape == (n,)
    assert np.isfinite(energies).all()
    if n == 1:
        plain = shards.test(*backend.samples(images.astype("float32"), labels), loss)[0]
        np.testing.assert_allclose(energies, plain, rtol=1e-5)


def test_a_mix_of_mixes(registry):
    """Two layers that mix: each image is part of what it became by the product of the shares."""
    _, loss, _, labels = trained(registry, "l2", 5)
    rng = np.random.default_rng(3)
    mixes = [Mix(rng.permutation(5), rng.uniform(size=5)) for _ in range(2)]
    parts = np.eye(5)  # row n: the shares of the images in image n
    for order, share in mixes:
        parts = share[:, None] * parts + (1 - share)[:, None] * parts[order]
    y = rng.normal(size=(3, 1, 1, 5))
    each = np.array([loss.forward(y, np.full(5, label))[0] for label in labels])  # (image, n)
    energies, backward = mixed(loss, y, labels, mixes)
    np.testing.assert_allclose(energies, (parts * each.T).sum(1), rtol=1e-12)
    scale = rng.uniform(1, 2, 5)
    slopes = np.array([loss.forward(y, np.full(5, label))[1](scale) for label in labels])
    expected = np.einsum("nm,mkijn->kijn", parts, slopes)
    np.testing.assert_allclose(backward(scale), expected, rtol=1e-12)


@pytest.mark.parametrize("alpha", [0.01, 0.2, 1, 5, 100])
def test_shares_are_of_a_beta_distribution(alpha):
    stats = pytest.importorskip("scipy.stats")
    shares = larger_shares(alpha)
    assert (np.diff(shares) <= 0).all()
    inner = np.linspace(0, 1, len(shares))
    expected = 1 - stats.beta.ppf(inner / 2, alpha, alpha)
    np.testing.assert_allclose(shares[1:], expected[1:], atol=2e-4)

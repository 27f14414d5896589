"""EBLearn's own MNIST network, computed here."""

import numpy as np
import pytest

from netkit.commands.build import make_net
from netkit.configs import compose
from netkit.files.idx import read_matrix
from netkit.shards import Shards


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-4)])
def test_outputs(registry, shared, dtype, tolerance):
    oracle = shared / "oracles" / "eblearn"
    ops = registry.make("backend", {"type": "numpy"})
    net = make_net(registry, compose("train", ["arch=lenet5", f"dtype={dtype}"]), (1, 28, 28), 10, ops, 0, 0.01)
    weights = read_matrix(oracle / "mnist_net00005.mat")
    assert weights.shape == net.x.shape
    net.x[...] = weights
    images = read_matrix(shared / "data" / "mnist" / "t10k-images-idx3-ubyte.gz")[:64, None]
    outputs = Shards(net).outputs(images)[:, 0, 0].T
    expected = np.loadtxt(oracle / "outputs.csv", delimiter=",")[:, 1:]
    np.testing.assert_allclose(outputs, expected, rtol=0, atol=tolerance)

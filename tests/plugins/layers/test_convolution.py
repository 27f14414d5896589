"""Convolution with groups and dilation: beside PyTorch, and what is refused."""

import numpy as np
import pytest

from netkit.backends.native.native import NativeBackend
from netkit.backends.numpy import NumpyBackend
from netkit.errors import NetkitError
from netkit.net import Net
from netkit.passes import Worker

CONVOLUTIONS = [  # arguments of conv over six maps of 11x10
    {"out": 8, "kernel": 3, "groups": 2},
    {"out": 6, "kernel": 3, "groups": 6, "pad": 1},
    {"out": 12, "kernel": [5, 3], "groups": 6, "pad": [2, 1], "stride": 2},
    {"out": 6, "kernel": 3, "groups": 6, "pad": 2, "dilation": 2},
    {"out": 4, "kernel": 3, "dilation": [3, 2], "pad": [3, 0]},
    {"out": 6, "kernel": 2, "groups": 3, "dilation": [2, 3], "stride": [1, 3], "bias": False},
]


def net_of(registry, arguments, ops, dtype):
    layers = {"before": {"type": "addc"}, "layer": {"type": "conv", **arguments}}
    net = Net(registry.layers(layers, 10), (6, 11, 10), ops, dtype=dtype)
    net.weights["layer.W"][...] = np.random.default_rng(1).normal(size=net.weights["layer.W"].shape)
    return net


def torch_side(torch, arguments, net, x, dy):
    """Return PyTorch's output and its gradients at the input and at the kernels, in float64."""
    pair = {k: v for k, v in arguments.items() if k in ("stride", "dilation", "groups")}
    kernels = torch.tensor(net.weights["layer.W"], dtype=torch.float64, requires_grad=True)
    image = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    shape = arguments["out"], -1, *net.layers["layer"].kernel
    bias = net.weights.get("layer.b")
    bias = None if bias is None else torch.tensor(bias, dtype=torch.float64)
    pad = arguments.get("pad", 0)
    y = torch.nn.functional.conv2d(image, kernels.reshape(shape), bias, padding=pad, **pair)
    (y * torch.tensor(dy(y.shape))).sum().backward()
    return y.detach().numpy(), image.grad.numpy(), kernels.grad.numpy()


@pytest.mark.parametrize("arguments", CONVOLUTIONS)
@pytest.mark.parametrize("native", [False, True])
def test_pytorch(registry, arguments, native):
    """Outputs and both gradients are PyTorch's; the compiled kernels up to float32's rounding."""
    torch = pytest.importorskip("torch")
    if native:
        try:
            ops, dtype = NativeBackend(1), "float32"
        except NetkitError as error:
            pytest.skip(str(error))
    else:
        ops, dtype = NumpyBackend(1), "float64"
    net = net_of(registry, arguments, ops, dtype)
    x = np.random.default_rng(0).normal(size=(5, 6, 11, 10)).astype(dtype)
    worker = Worker(net, first=True)
    worker.training = True
    y, backward = net.forward(worker.to_input(x), worker.contexts)
    y = y.transpose(3, 0, 1, 2).copy()
    dy = np.random.default_rng(2).normal
    backward(np.ascontiguousarray(dy(size=y.shape).transpose(1, 2, 3, 0)).astype(dtype))
    expected, dx, dw = torch_side(
        torch, arguments, net, x, lambda s: np.random.default_rng(2).normal(size=tuple(s))
    )
    small = {"rtol": 0, "atol": 2e-4 if native else 1e-10}
    np.testing.assert_allclose(y, expected, **small)
    np.testing.assert_allclose(net.grads[net.places["layer.W"][1]].reshape(dw.shape), dw, **small)
    # The bias before it adds up the gradient at the input over images and places.
    np.testing.assert_allclose(
        net.grads[net.places["before.b"][1]],
        dx.sum((0, 2, 3)),
        rtol=0,
        atol=2e-3 if native else 1e-9,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"out": 6, "groups": 4}, "groups=4 divides 6 input maps and out=6 not evenly"),
        ({"out": 8, "groups": 6}, "groups=6 divides 6 input maps and out=8 not evenly"),
        ({"out": 2, "groups": 2, "table": [[0], [1]]}, "groups=2 beside a table"),
        ({"out": 2, "dilation": 6}, r"kernel 3x3 over 13x13 pixels does not fit its input \(6, 11"),
        ({"out": 2, "groups": 0}, "groups=0: give a whole number from 1"),
    ],
)
def test_what_does_not_go_together(registry, arguments, message):
    with pytest.raises(NetkitError, match=message):
        net_of(registry, {"kernel": 3, **arguments}, NumpyBackend(1), "float64")

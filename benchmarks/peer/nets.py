"""A net of netkit as PyTorch's modules, with the same weights in the same order."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from netkit.layer import Layer
from netkit.net import Net
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.plugins.layers.activations import Relu, Tanh
from netkit.plugins.layers.batchnorm import BatchNorm
from netkit.plugins.layers.chain import Chain, Residual
from netkit.plugins.layers.contrast import Wstd
from netkit.plugins.layers.convolution import Conv, Linear
from netkit.plugins.layers.padding import Zpad
from netkit.plugins.layers.pooling import AvgPool, GlobalAvgPool, MaxPool, Subs
from netkit.plugins.layers.powers import Abs
from netkit.plugins.layers.regularisation import Dropout
from netkit.types import Shape


class TableConv(nn.Module):
    """A convolution with a connection table: one kernel for each pair of an input and an output."""

    def __init__(self, layer: Conv) -> None:
        super().__init__()
        outputs, inputs = (torch.tensor(list(side)) for side in layer.pairs)
        self.place = outputs, inputs
        self.shape = layer.out, layer.maps, *layer.kernel
        self.stride, self.padding = layer.stride, layer.pad
        self.weight = nn.Parameter(torch.zeros(len(inputs), *layer.kernel))
        self.bias = nn.Parameter(torch.zeros(layer.out))

    def forward(self, x: Tensor) -> Tensor:
        kernels = torch.zeros(self.shape).index_put(self.place, self.weight)
        return functional.conv2d(x, kernels, self.bias, self.stride, self.padding)


class Contrast(nn.Module):
    """wstd: less the mean of the neighbourhood, then over its deviation."""

    def __init__(self, layer: Wstd) -> None:
        super().__init__()
        down, across = (
            torch.tensor(taps, dtype=torch.get_default_dtype()) for taps in layer.mean.taps
        )
        self.taps = down[None, None, :, None], across[None, None, None, :]
        self.pad = len(down) // 2, len(across) // 2
        self.epsilon = layer.deviation.epsilon

    def blurred(self, x: Tensor) -> Tensor:
        """Return the weighted mean over the neighbourhood and all maps (N, 1, H, W)."""
        down, across = self.taps
        x = functional.conv2d(x.sum(1, keepdim=True), down, padding=(self.pad[0], 0))
        return functional.conv2d(x, across, padding=(0, self.pad[1]))

    def forward(self, x: Tensor) -> Tensor:
        v = x - self.blurred(x)
        s = (self.blurred(v * v) + self.epsilon).sqrt()
        return v / torch.maximum(s, s.mean((2, 3), keepdim=True))


class Subsampling(nn.Module):
    """subs: the sum of a window times a coefficient, and a bias, one each a map."""

    def __init__(self, layer: Subs, maps: int) -> None:
        super().__init__()
        self.kernel, self.stride = layer.kernel, layer.stride
        self.coefficient = nn.Parameter(torch.zeros(maps, 1, 1))
        self.bias = nn.Parameter(torch.zeros(maps, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        means = functional.avg_pool2d(x, self.kernel, self.stride)
        return means * (self.kernel[0] * self.kernel[1]) * self.coefficient + self.bias


class Sum(nn.Module):
    """residual: what its layers give, and its input or what a shortcut makes of that."""

    def __init__(self, layer: Residual, shape: Shape) -> None:
        super().__init__()
        main, short = layer.shapes
        self.main = modules(layer.main.values(), [shape, *main])
        self.short = modules(layer.shortcut.values(), [shape, *short])

    def forward(self, x: Tensor) -> Tensor:
        return self.main(x) + self.short(x)


class Absolute(nn.Module):
    """abs."""

    def forward(self, x: Tensor) -> Tensor:
        return x.abs()


def modules(layers: Iterable[Layer], shapes: Iterable[Shape]) -> nn.Sequential:
    """Return the modules of some layers, for the shape (C, H, W) that each is given."""
    given = zip(layers, shapes, strict=False)
    return nn.Sequential(*(module(layer, shape) for layer, shape in given))


def module(layer: Layer, shape: Shape) -> nn.Module:
    """Return the module of one layer; SystemExit names one that there is none for."""
    maps = shape[0]
    match layer:
        case Linear():
            return nn.Sequential(nn.Flatten(), nn.Linear(maps * shape[1] * shape[2], layer.out))
        case Conv() if layer.pairs:
            return TableConv(layer)
        case Conv():
            same = ("kernel", "stride", "pad", "dilation", "groups", "bias")
            return nn.Conv2d(maps, layer.out, *(getattr(layer, name) for name in same))
        case BatchNorm():
            return nn.BatchNorm2d(maps, layer.epsilon, layer.momentum)
        case Residual():
            return Sum(layer, shape)
        case Wstd():
            return Contrast(layer)
        case Chain():
            return modules(layer.layers.values(), layer.shapes)
        case Augmentation():  # images.py does it
            return nn.Identity()
        case Relu():
            return nn.ReLU(inplace=True)
        case Tanh():
            return nn.Tanh()
        case Abs():
            return Absolute()
        case Subs():
            return Subsampling(layer, maps)
        case GlobalAvgPool():
            return nn.AdaptiveAvgPool2d(1)
        case MaxPool():
            return nn.MaxPool2d(layer.kernel, layer.stride)
        case AvgPool():
            return nn.AvgPool2d(layer.kernel, layer.stride)
        case Zpad():
            top, left, bottom, right = layer.sides
            return nn.ZeroPad2d((left, right, top, bottom))
        case Dropout():
            return nn.Dropout(layer.rate)
    raise SystemExit(
        f"{layer.name}: there is no module for {layer.kind} in benchmarks/peer/nets.py"
    )


def as_module(net: Net) -> nn.Sequential:
    """Return a net as a module with its weights: (N, C, H, W) -> (N, K), (N, K, h, w) of cells."""
    model = modules(net.layers.values(), [net.shape, *net.shapes])
    if net.shapes[-1][1:] == (1, 1):
        model.append(nn.Flatten())
    with torch.no_grad():
        for ours, theirs in zip(net.weights.values(), model.parameters(), strict=True):
            theirs.copy_(torch.from_numpy(np.array(ours)).reshape(theirs.shape))
    return model

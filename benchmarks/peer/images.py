"""Training images changed by chance, as the layers of augment= do it, in PyTorch: (N, C, H, W)."""

from collections.abc import Iterator
from math import exp, pi

import torch
from torch import Tensor
from torch.nn import functional

from netkit.layer import Layer
from netkit.net import Net
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.plugins.augmentation.colour_jitter import ColourJitter, hue_parts
from netkit.plugins.augmentation.cutout import Cutout
from netkit.plugins.augmentation.jitter import Jitter
from netkit.plugins.augmentation.moves import Flip, Shift


class Changes:
    """All augmentation of a net, applied to a batch."""

    def __init__(self, net: Net) -> None:
        self.layers = list(augmentation(net.layers.values()))
        self.bias = net.bias
        self.coeff = net.coeff

    def __call__(self, x: Tensor) -> Tensor:
        for layer in self.layers:
            x = self.changed(x, layer)
        return x

    def changed(self, x: Tensor, layer: Layer) -> Tensor:
        """Return the images as one layer changes them; SystemExit names one that is not here."""
        match layer:
            case Jitter():
                return jittered(x, layer)
            case Flip(axis="horizontal"):
                mirror = torch.rand(len(x)) < layer.share
                return torch.where(mirror[:, None, None, None], x.flip(3), x)
            case Shift(fill="zeros"):
                return shifted(x, layer.by)
            case ColourJitter():
                ends = [(value + self.bias) * self.coeff for value in layer.range]
                return recoloured(x, layer, *ends)
            case Cutout():
                return cut(x, layer)
        raise SystemExit(f"{layer.name}: {layer.kind} is not in benchmarks/peer/images.py")


def augmentation(layers: "Iterator[Layer]") -> Iterator[Layer]:
    """Yield the augmentation among layers and those inside of them, in order."""
    for layer in layers:
        if isinstance(layer, Augmentation):
            yield layer
        yield from augmentation(layer.layers.values())


def even(*shape: int) -> Tensor:
    """Return numbers drawn evenly from -1 to 1."""
    return 2 * torch.rand(*shape) - 1


def jittered(x: Tensor, layer: Jitter) -> Tensor:
    """Return images under a random affine map each, and bent."""
    n, _, height, width = x.shape
    middle, centre = (height - 1) / 2, (width - 1) / 2
    angle, shear = layer.rotate * even(n), layer.shear * even(n)
    zoom = 1 + layer.scale * even(2, n)
    cos, sin = angle.cos(), angle.sin()
    maps = torch.stack(
        [
            torch.stack([cos / zoom[0], (sin + shear) / zoom[0]]),
            torch.stack([-sin / zoom[1], cos / zoom[1]]),
        ]
    )
    moves = torch.stack([layer.shift[0] * even(n), layer.shift[1] * even(n)])
    r = torch.arange(height)[:, None] - middle
    c = torch.arange(width)[None, :] - centre
    rows, columns = (
        one[:, None, None] * r + other[:, None, None] * c + move[:, None, None]
        for (one, other), move in zip(maps, moves, strict=True)
    )
    if layer.elastic:
        down, across = bends(layer, n, height, width)
        rows, columns = rows + down, columns + across
    grid = torch.stack([columns / centre, rows / middle], -1)
    return functional.grid_sample(x, grid, padding_mode="zeros", align_corners=True)


def bends(layer: Jitter, n: int, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Return smooth displacements down and across, in pixels."""
    reach = int(3 * layer.smooth)
    taps = torch.tensor([exp(-0.5 * (d / layer.smooth) ** 2) for d in range(-reach, reach + 1)])
    taps = taps * (layer.elastic**0.5 * 3**0.25 / (taps * taps).sum() ** 0.5)
    noise = even(2 * n, 1, height, width)
    smooth = functional.conv2d(noise, taps[None, None, :, None], padding=(reach, 0))
    smooth = functional.conv2d(smooth, taps[None, None, None, :], padding=(0, reach))
    return smooth[:n, 0], smooth[n:, 0]


def shifted(x: Tensor, by: tuple[int, int]) -> Tensor:
    """Return images moved by whole pixels, zeros behind them."""
    n, _, height, width = x.shape
    down, across = (torch.randint(-most, most + 1, (n,)) for most in by)
    padded = functional.pad(x, (by[1], by[1], by[0], by[0]))
    rows = torch.arange(height) + by[0] + down[:, None]
    columns = torch.arange(width) + by[1] + across[:, None]
    at = torch.arange(n)[:, None, None]
    return padded[at, :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def recoloured(x: Tensor, layer: ColourJitter, black: float, white: float) -> Tensor:
    """Return images of three channels in other light."""
    n = len(x)
    bright, contrast, saturation = (1 + spread * even(n) for spread in layer.spread)
    turn = even(n) * (2 * pi * layer.hue)
    gain = bright * contrast
    colour = gain * saturation
    shares = torch.stack([gain, colour * turn.cos(), colour * turn.sin()])
    mix = (torch.tensor(hue_parts(), dtype=torch.float32) @ shares).reshape(3, 3, n)
    grey = torch.tensor([0.299, 0.587, 0.114])
    mean = torch.einsum("c,nchw->nhw", grey, x).mean((1, 2))
    move = (1 - gain) * black + (1 - contrast) * bright * (mean - black)
    y = torch.einsum("kcn,nchw->nkhw", mix, x) + move[:, None, None, None]
    return y.clamp(min(black, white), max(black, white))


def cut(x: Tensor, layer: Cutout) -> Tensor:
    """Return images of which a square is zero."""
    n, _, height, width = x.shape
    inside = (torch.rand(n) < layer.share)[:, None, None]
    for size, length, view in ((layer.size[0], height, (-1, 1)), (layer.size[1], width, (1, -1))):
        first = torch.randint(length, (n, 1, 1)) - size // 2
        at = torch.arange(length).view(1, *view)
        inside = inside & (at >= first) & (at < first + size)
    return x * ~inside[:, None]

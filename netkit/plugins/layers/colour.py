"""Colour as preprocessing, RGB to luminance and chrominance, each normalised as asked: colour."""

from typing import TYPE_CHECKING, Literal

import numpy as np

from netkit.checks import Amount, Number, Pair
from netkit.context import run_layer
from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.net import build
from netkit.plugins.layers.arrays import Adjoint
from netkit.plugins.layers.contrast import Cnorm, GlobalNorm
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph

# Shares of R, G and B, and what is added, for channels of 0..255; U and V are spread over it again.
RGB = {"r": (1, 0, 0, 0), "g": (0, 1, 0, 0), "b": (0, 0, 1, 0)}
YUV = {
    "y": (0.299, 0.587, 0.114, 0),
    "u": (-0.147 * 1.14678, -0.289 * 1.14678, 0.437 * 1.14678, 111 * 1.14678),
    "v": (0.615 * 0.813, -0.515 * 0.813, -0.1 * 0.813, 157 * 0.813),
}


class Colour(Layer):
    """Turn R, G, B into the channels of `to`, and normalise some of them (EBLearn's rgb_to_...).

    to: letters of channels, with a p or n behind each group whose contrast is normalised together:
    y, yuv, yp, ypuv (Y alone), yuvp (all three together), ypuvp (Y, then U and V together), ypupvp
    (each by itself), rgb, rgbp. A normalised group is brought to zero mean and unit deviation over
    the whole image (global_norm); then the weighted mean over `kernel` is subtracted and its
    deviation divided out (cnorm without threshold), with a mirror image around it (mirror).  Where
    no group is normalised, global_norm acts on all channels together.  of: y if the input is one
    map of luminance, for to=y and yp.  white: the value of a full channel in the input, after the
    data's coeff: 255 for bytes.
    """

    example = "to: ypuv, kernel: 9"

    def __init__(
        self,
        to: str,
        kernel: Pair | None = None,
        of: Literal["rgb", "y"] = "rgb",
        mirror: bool = True,
        epsilon: Amount = 1e-6,
        global_norm: bool = True,
        white: Number = 255.0,
    ) -> None:
        self.of = of
        self.groups = groups(to)
        self.white = white
        local = any(normal for _, normal in self.groups)
        if of == "y" and [letters for letters, _ in self.groups] != ["y"]:
            raise NetkitError(f"of={of} to={to}: there are of=rgb, and of=y for y and yp alone")
        if local != (kernel is not None):
            raise NetkitError(
                f"to={to}: give kernel, the size of the neighbourhood that contrast is "
                "normalised over, for p and n groups and for them alone"
            )
        self.layers: dict[str, Layer] = {}  # a group's channels -> what is done to them
        for letters, normal in self.groups:
            if normal and kernel is not None:
                self.layers[letters] = Cnorm(
                    kernel, epsilon, mirror, threshold=False, global_norm=global_norm
                )
            elif global_norm and not local:
                self.layers[letters] = GlobalNorm()

    def build(self, shape: Shape) -> Shape:
        if shape[0] != len(self.of):
            raise NetkitError(
                f"{self.name}: it takes {len(self.of)} maps ({self.of}), and its input is {shape}: "
                "give the data that many channels"
            )
        for letters, layer in self.layers.items():
            build({letters: layer}, (len(letters), *shape[1:]), self.name + ".")
        return sum(len(letters) for letters, _ in self.groups), *shape[1:]

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        channels, unmix = self.mixed(x, ctx)
        y = ctx.empty(channels.shape)
        children = dict(zip(self.layers, ctx.children, strict=True))
        backs = []
        for letters, place in self.places():
            part = channels[place]
            if letters in self.layers:
                part, back = run_layer(self.layers[letters], part, children[letters])
                backs.append((place, back))
            y[place] = part

        def backward(dy: Array) -> Array:
            d = ctx.empty(dy.shape)
            d[...] = dy
            for place, back in backs:
                d[place] = back(dy[place])
            return unmix(d)

        return y, backward

    def places(self) -> list[tuple[str, slice]]:
        """Return the letters of each group, and where its channels are."""
        found, at = [], 0
        for letters, _ in self.groups:
            found.append((letters, slice(at, at + len(letters))))
            at += len(letters)
        return found

    def rows(self) -> list[tuple[float, ...]]:
        """Return what each channel is made of, as RGB and YUV have it; nothing if of the input."""
        table = RGB | YUV
        letters = "".join(letters for letters, _ in self.groups)
        return [table[letter] for letter in letters] if self.of == "rgb" else []

    def mixed(self, x: Array, ctx: "Context") -> tuple[Array, Adjoint]:
        """Return the channels that `to` names, made of x, and the way back."""
        rows = self.rows()
        if not rows:
            return x, lambda d: d
        shares = ctx.ops.asarray([row[:3] for row in rows], ctx.dtype)
        flat = ctx.ops.matmul(shares, x.reshape(3, -1), ctx.empty((len(rows), x.size // 3)))
        for k, row in enumerate(rows):
            if row[3]:
                flat[k] += row[3] * self.white / 255

        def back(d: Array) -> Array:
            dx = ctx.empty((3, x.size // 3))
            return ctx.ops.matmul(shares.T, d.reshape(len(rows), -1), dx).reshape(x.shape)

        return flat.reshape(len(rows), *x.shape[1:]), back

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        rows = np.array(self.rows())
        if len(rows):
            x = graph.add("Conv", x, rows[:, :3, None, None], rows[:, 3] * self.white / 255)
        parts = []
        for letters, place in self.places():
            part = graph.cut(x, {1: place})
            if letters in self.layers:
                part = graph.layer(f"{self.name}.{letters}", self.layers[letters], part)
            parts.append(part)
        return graph.add("Concat", *parts, axis=1)


def groups(to: str) -> list[tuple[str, bool]]:
    """Return [(letters, normalised)] of a word such as ypuv."""
    found, letters = [], ""
    for letter in to:
        if letter in "pn" and letters:
            found.append((letters, True))
            letters = ""
        elif letter in RGB or letter in YUV:
            letters += letter
        else:
            raise NetkitError(
                f"to={to}: '{letter}' is no channel: there are y u v r g b, and p or n behind "
                "a group that is normalised"
            )
    if letters:
        found.append((letters, False))
    return found

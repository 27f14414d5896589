"""Colour as preprocessing, RGB to luminance and chrominance, each normalised as asked: colour."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

import numpy as np

from netkit.chain import run_layer
from netkit.checks import Amount, Number, Pair
from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.net import build
from netkit.plugins.layers.arrays import Adjoint
from netkit.plugins.layers.contrast import Cnorm, GlobalNorm
from netkit.plugins.layers.padding import Mirror
from netkit.types import Array, Backward, Shape

if TYPE_CHECKING:
    from netkit.context import Context
    from netkit.export.graph import Graph

Stage = dict[str, tuple[slice, Layer]]  # a name -> channels, and what is done to them

# Shares of R, G and B, and what is added, for channels of 0..255; U and V are spread over it again.
RGB = {"r": (1, 0, 0, 0), "g": (0, 1, 0, 0), "b": (0, 0, 1, 0)}
YUV = {
    "y": (0.299, 0.587, 0.114, 0),
    "u": (-0.147 * 1.14678, -0.289 * 1.14678, 0.437 * 1.14678, 111 * 1.14678),
    "v": (0.615 * 0.813, -0.515 * 0.813, -0.1 * 0.813, 157 * 0.813),
}


class Colour(Layer):
    """Turn R, G, B into the channels of `to`, and normalise them (EBLearn's rgb_to_...).

    to: letters of channels, with a p or n behind each group whose contrast is normalised together:
    y, yuv, yp, ypuv (Y alone), yuvp (all three together), ypuvp (Y, then U and V together), ypupvp
    (each by itself), rgb, rgbp. A normalised group is brought to zero mean and unit deviation over
    the whole image, Y apart from U and V first; then the weighted mean over `kernel` is subtracted,
    and its deviation divided out where that is above 1 (cnorm with threshold: false, floor: 1),
    with a mirror image around it (mirror; repeat: EBLearn's).  global_norm: bring the groups that
    are not normalised to zero mean and unit deviation too, Y apart from U and V; or else Y, R, G
    and B stay as they are, and U and V become (x - 128) / 100.  of: y if the input is one map of
    luminance, for to=y and yp, which also take one map for RGB.  white: the value of a full channel
    in the input, after the data's coeff: 255 for bytes.
    """

    example = "to: ypuv, kernel: 9"
    prepares = True

    def __init__(
        self,
        to: str,
        kernel: Pair | None = None,
        of: Literal["rgb", "y"] = "rgb",
        mirror: Mirror = True,
        epsilon: Amount = 1e-6,
        global_norm: bool = True,
        white: Number = 255.0,
    ) -> None:
        self.of = of
        self.groups = groups(to)
        self.global_norm = global_norm
        self.white = white
        if of == "y" and [letters for letters, _ in self.groups] != ["y"]:
            raise NetkitError(f"of={of} to={to}: there are of=rgb, and of=y for y and yp alone")
        if any(normal for _, normal in self.groups) != (kernel is not None):
            raise NetkitError(
                f"to={to}: give kernel, the size of the neighbourhood that contrast is "
                "normalised over, for p and n groups and for them alone"
            )
        whole: Stage = {}
        local: Stage = {}
        for letters, place, normal in self.places():
            kinds = families(letters, place.start)
            if global_norm if not normal else len(kinds) > 1:
                whole |= {f"{kind}{at.start}": (at, GlobalNorm()) for kind, at in kinds}
            if normal and kernel is not None:
                norm = Cnorm(kernel, epsilon, mirror, threshold=False, global_norm=True, floor=1.0)
                local[f"{letters}{place.start}p"] = place, norm
        self.stages = [stage for stage in (whole, local) if stage]
        self.layers = {name: layer for stage in self.stages for name, (_, layer) in stage.items()}

    def build(self, shape: Shape) -> Shape:
        letters = "".join(letters for letters, _ in self.groups)
        self.as_is = self.of == "y" or (letters == "y" and shape[0] == 1)
        if shape[0] != (1 if self.as_is else 3):
            raise NetkitError(
                f"{self.name}: it takes {len(self.of)} maps ({self.of}), and its input is {shape}: "
                "give the data that many channels"
            )
        for stage in self.stages:
            for name, (place, layer) in stage.items():
                build({name: layer}, (place.stop - place.start, *shape[1:]), self.name + ".")
        return len(letters), *shape[1:]

    def forward(self, x: Array, ctx: "Context") -> tuple[Array, Backward]:
        y, unmix = self.mixed(x, ctx)
        children = dict(zip(self.layers, ctx.children, strict=True))
        backs = []
        for stage in self.stages:
            given, y = y, ctx.empty(y.shape)
            y[...] = given  # channels that the stage leaves as they are
            done = []
            for name, (place, layer) in stage.items():
                y[place], back = run_layer(layer, given[place], children[name])
                done.append((place, back))
            backs.append(done)

        def backward(dy: Array) -> Array:
            for done in reversed(backs):
                given, dy = dy, ctx.empty(dy.shape)
                dy[...] = given
                for place, back in done:
                    dy[place] = back(given[place])
            return unmix(dy)

        return y, backward

    def places(self) -> Iterator[tuple[str, slice, bool]]:
        """Yield the letters of each group, where its channels are, and if it is normalised."""
        at = 0
        for letters, normal in self.groups:
            yield letters, slice(at, at + len(letters)), normal
            at += len(letters)

    def rows(self) -> Array:
        """Return a row a channel: the shares of R, G and B in it, and what is added."""
        table = RGB | YUV
        rows = []
        for letters, _, normal in self.places():
            for letter in letters:
                row = np.array(table[letter]) * (1, 1, 1, self.white / 255)
                if letter in "uv" and not (normal or self.global_norm):
                    row[3] -= 128 * self.white / 255
                    row /= 100 * self.white / 255
                rows.append(row)
        return np.array(rows)

    def mixed(self, x: Array, ctx: "Context") -> tuple[Array, Adjoint]:
        """Return the channels that `to` names, made of x, and the way back."""
        if self.as_is:
            return x, lambda d: d
        rows = self.rows()
        shares = ctx.ops.asarray(rows[:, :3], ctx.dtype)
        flat = ctx.ops.matmul(shares, x.reshape(3, -1), ctx.empty((len(rows), x.size // 3)))
        for k, added in enumerate(rows[:, 3]):
            if added:
                flat[k] += float(added)

        def back(d: Array) -> Array:
            dx = ctx.empty((3, x.size // 3))
            return ctx.ops.matmul(shares.T, d.reshape(len(rows), -1), dx).reshape(x.shape)

        return flat.reshape(len(rows), *x.shape[1:]), back

    def onnx(self, graph: "Graph", x: str, p: dict[str, Array]) -> str:
        if not self.as_is:
            rows = self.rows()
            x = graph.add("Conv", x, rows[:, :3, None, None], rows[:, 3])
        maps = sum(len(letters) for letters, _ in self.groups)
        for stage in self.stages:
            parts, at = [], 0
            for name, (place, layer) in stage.items():
                if at < place.start:
                    parts.append(graph.cut(x, {1: slice(at, place.start)}))
                part = graph.cut(x, {1: place})
                parts.append(graph.layer(f"{self.name}.{name}", layer, part))
                at = place.stop
            if at < maps:
                parts.append(graph.cut(x, {1: slice(at, maps)}))
            x = graph.add("Concat", *parts, axis=1)
        return x


def families(letters: str, start: int) -> list[tuple[str, slice]]:
    """Return the runs of luminance, of colour differences and of RGB, and where they are.

    start: the place of the first letter.
    """
    found: list[tuple[str, slice]] = []
    for run in re.finditer("y+|[uv]+|[rgb]+", letters):
        found.append((run[0], slice(start + run.start(), start + run.end())))
    return found


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

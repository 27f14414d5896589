"""What several layers do with arrays (C, H, W, N): a number a map, zeros around. No layer."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from netkit.types import Array

if TYPE_CHECKING:
    from netkit.context import Context

Sides: TypeAlias = tuple[int, int, int, int]  # pixels at the top, left, bottom, right
Adjoint: TypeAlias = Callable[[Array], Array]  # dy -> dx of a linear step, which is never None


def over_maps(a: Array) -> Array:
    """Return a (C,) shaped to spread over (C, H, W, N)."""
    return a[:, None, None, None]


def pad_zeros(x: Array, sides: Sides, ctx: "Context") -> tuple[Array, tuple[Any, ...]]:
    """Return x (C, H, W, N) with zeros around, and the index of x in it; x itself if none."""
    (maps, height, width, n), (top, left, bottom, right) = x.shape, sides
    inside = slice(None), slice(top, top + height), slice(left, left + width)
    if not any(sides):
        return x, inside
    y = ctx.empty((maps, height + top + bottom, width + left + right, n))
    y.fill(0)
    y[inside] = x
    return y, inside

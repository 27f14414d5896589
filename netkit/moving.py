"""The boxes of images whose pixels layers have moved: they go with the pixels."""

from collections.abc import Sequence
from typing import Any

from netkit.types import Array, Shape

KEPT = 0.3  # a box of which a smaller share is still in the image is none any more
SMALLEST = 1.0  # pixels a side: a box that shows less is none either


def moved_labels(labels: Array, moves: Sequence[Array], shape: Shape, xp: Any) -> Array:
    """Return the labels (N, M, 5) of images after some moves: class, x0, y0, x1, y1.

    moves: (6, N) each, in order: where a layer has taken the pixels from, see Context.moved.
    A box is cut to the image, shape (C, H, W). The class of one that has mostly left it is -1; one
    that need not be found stays as long as any of it is seen, for that is no background.
    """
    if not moves:
        return labels
    sides = labels[..., 1:]
    for move in moves:
        sides = moved_sides(sides, move, xp)
    _, height, width = shape
    cut = xp.stack([xp.clip(sides[..., k], 0, (width, height)[k % 2]) for k in range(4)], axis=-1)
    across, down = cut[..., 2] - cut[..., 0], cut[..., 3] - cut[..., 1]
    whole = (sides[..., 2] - sides[..., 0]) * (sides[..., 3] - sides[..., 1])
    mostly = (labels[..., 0] < -1) | (across * down >= KEPT * whole)
    stays = (across >= SMALLEST) & (down >= SMALLEST) & mostly
    classes = xp.where(stays, labels[..., 0], -1)
    return xp.concatenate([classes[..., None], cut], axis=-1).astype(labels.dtype)


def moved_sides(sides: Array, places: Array, xp: Any) -> Array:
    """Return boxes (N, M, 4), x0, y0, x1, y1, where an affine map of each image has moved them.

    places: of a move. A box that is turned becomes the upright one around its corners. The centre
    of pixel r lies at r + 1/2, where boxes are measured.
    """
    a, b, c, d, e, f = (m[:, None, None] for m in places)  # (N, 1, 1): row, column of the source
    x, y = sides[..., [0, 2, 0, 2]] - 0.5, sides[..., [1, 1, 3, 3]] - 0.5  # (N, M, 4 corners)
    row, column = y - c, x - f
    scale = a * e - b * d
    down, across = (e * row - b * column) / scale, (a * column - d * row) / scale
    ends = across.min(-1), down.min(-1), across.max(-1), down.max(-1)
    return xp.stack(ends, axis=-1) + 0.5

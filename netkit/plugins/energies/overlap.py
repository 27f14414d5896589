"""How well boxes lie on others, and which way to move them: the generalised IoU, what the sides of
a box lack, and their slopes.
"""

from typing import Any

from netkit.types import Array

LEAST = 0.25  # of a true side, what a side must have before the IoU alone tells how to move it


def lacking(xp: Any, boxes: Array, true: Array) -> tuple[Array, Array]:
    """Return how far the sides of boxes are from a quarter of the true ones, and its slopes.

    boxes, true: as of generalized_iou, and so are the shapes returned. The sum over both sides of
    max(0, 1/4 - side / true side). Inside the true box, the generalised IoU of a box without an
    area is 0 wherever its sides are, and those of a crossed one would stay crossed for good.
    """
    short, slopes = xp.zeros_like(boxes[0]), xp.zeros_like(boxes)
    for low in 0, 1:
        theirs = true[low + 2] - true[low]
        missing = LEAST - (boxes[low + 2] - boxes[low]) / theirs
        short += xp.maximum(missing, 0)
        slopes[low] = (missing > 0) / theirs
        slopes[low + 2] = -slopes[low]
    return short, slopes


def generalized_iou(xp: Any, boxes: Array, true: Array) -> tuple[Array, Array]:
    """Return the GIoU of boxes with true ones, (...), and its slopes, (4, ...).

    boxes, true: (4, ...), x0, y0, x1, y1; true ones have an area, and one whose sides are crossed
    has none.  GIoU = IoU - (C - U) / C, for the area U of the union and the area C of the smallest
    box around both (Rezatofighi et al. 2019). The slopes are over the sides of `boxes`.
    """
    wide, high = boxes[2] - boxes[0], boxes[3] - boxes[1]
    wide, high = xp.maximum(wide, 0), xp.maximum(high, 0)
    left, right = xp.maximum(boxes[0], true[0]), xp.minimum(boxes[2], true[2])
    top, bottom = xp.maximum(boxes[1], true[1]), xp.minimum(boxes[3], true[3])
    across, down = xp.maximum(right - left, 0), xp.maximum(bottom - top, 0)
    inner = across * down
    union = wide * high + (true[2] - true[0]) * (true[3] - true[1]) - inner
    outer_across = xp.maximum(boxes[2], true[2]) - xp.minimum(boxes[0], true[0])
    outer_down = xp.maximum(boxes[3], true[3]) - xp.minimum(boxes[1], true[1])
    outer = outer_across * outer_down
    giou = inner / union - 1 + union / outer
    # d giou = dI / U - I dU / U² + dU / C - U dC / C², with dU = dA - dI for the box's own area A.
    by_inner = 1 / union + inner / union**2 - 1 / outer
    by_area = 1 / outer - inner / union**2
    by_outer = -union / outer**2
    slopes = xp.empty_like(boxes)
    for low, mine, theirs, length, other, outer_other in (
        (0, wide, across, high, down, outer_down),
        (1, high, down, wide, across, outer_across),
    ):
        far = low + 2
        own = by_area * length * (mine > 0)
        shared = by_inner * other * (theirs > 0)
        around = by_outer * outer_other
        slopes[low] = -own - shared * (boxes[low] > true[low]) - around * (boxes[low] < true[low])
        slopes[far] = own + shared * (boxes[far] < true[far]) + around * (boxes[far] > true[far])
    return giou, slopes

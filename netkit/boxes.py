"""Boxes: arrays (n, 4) of x0, y0, x1, y1 in pixels, x1 and y1 exclusive."""

import numpy as np


def clip(boxes, size):
    """Return boxes cut to an image of size (height, width)."""
    return np.clip(boxes, 0, [size[1], size[0], size[1], size[0]])


def iou(box, boxes):
    """Return the intersection over union of one box with each of several: (n,)."""
    low, high = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    inner = np.clip(high - low, 0, None).prod(1)
    union = (box[2:] - box[:2]).prod() + (boxes[:, 2:] - boxes[:, :2]).prod(1) - inner
    return inner / np.maximum(union, 1e-12)


def greedy(boxes, confidences, labels, overlap):
    """Return the indices that non-maximum suppression keeps, the most confident first.

    Of two boxes of one class whose intersection over union is more than `overlap`, the less confident goes.
    """
    order = np.argsort(-confidences, kind="stable")
    kept = []
    while order.size:
        best, order = order[0], order[1:]
        kept.append(int(best))
        order = order[(labels[order] != labels[best]) | (iou(boxes[best], boxes[order]) <= overlap)]
    return kept

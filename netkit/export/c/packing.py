"""Weights in the order in which the operators in C read them."""

import numpy as np

from netkit.types import Array

BLOCK = 16  # NET_BLOCK of operators/base.c


def packed(w: Array, groups: int = 1) -> Array:
    """Return a convolution's weights (O, C / groups, kh, kw) as operators/conv.c reads them, flat.

    Of each group the outputs lie in blocks of BLOCK, each (kh, kw, C / groups, outputs); the last
    block of a group is as wide as what is left.
    """
    parts = []
    for group in np.split(w, groups):
        for at in range(0, len(group), BLOCK):
            parts.append(group[at : at + BLOCK].transpose(2, 3, 1, 0).ravel())
    return np.concatenate(parts)


def packed_depthwise(w: Array) -> Array:
    """Return the weights (C, 1, kh, kw) of a convolution of each map by itself as (kh, kw, C)."""
    return w[:, 0].transpose(1, 2, 0).ravel()


def maps_last(array: Array) -> Array:
    """Return (C, H, W) as (H, W, C)."""
    return np.ascontiguousarray(array.transpose(1, 2, 0))

"""Boxes at random, for tests of suppression and of what is measured of detection."""

import numpy as np


def some_boxes(n, seed=0, classes=3):
    rng = np.random.default_rng(seed)
    low = rng.uniform(0, 100, (n, 2))
    return (
        np.concatenate([low, low + rng.uniform(5, 40, (n, 2))], 1),
        rng.uniform(0, 1, n),
        rng.integers(0, classes, n),
    )

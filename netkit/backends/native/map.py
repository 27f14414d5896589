"""Map: an array between two ops of a program."""

import numpy as np


class Map:
    """What one op writes and another reads; and, in a pass backward, the gradient there."""

    def __init__(self, array: np.ndarray) -> None:
        self.array = array
        self.grad: np.ndarray | None = None

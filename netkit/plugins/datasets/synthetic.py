"""A made-up data set, for tests and first steps."""

import numpy as np

from netkit.dataset import Dataset, Samples


class Synthetic(Dataset):
    """Made-up images: a random pattern for each class, with noise; learnable, and the same for the
    same seed.
    """

    def __init__(
        self,
        classes=4,
        shape=(1, 16, 16),
        train_size=64,
        val_size=32,
        seed=0,
        noise=0.3,
        bias=0.0,
        coeff=1.0,
    ):
        rng = np.random.default_rng(seed)
        patterns = rng.uniform(-1, 1, (classes, *shape))

        def draw(size):
            labels = np.arange(size) % classes
            return Samples(
                (patterns[labels] + rng.normal(0, noise, (size, *shape))).astype(np.float32), labels
            )

        super().__init__(
            draw(train_size), draw(val_size), [f"class {k}" for k in range(classes)], bias, coeff
        )

"""A made-up data set, for tests and first steps."""

import numpy as np

from netkit.checks import Amount, Count, Number, Whole
from netkit.dataset import Dataset, Samples
from netkit.limits import check_memory


class Synthetic(Dataset):
    """Made-up images: a random pattern for each class, with noise; the same for the same seed.

    classes: how many.  shape: (C, H, W).  noise: its standard deviation; patterns are in -1..1.
    """

    def __init__(
        self,
        classes: Count = 4,
        shape: tuple[int, int, int] = (1, 16, 16),
        train_size: Count = 64,
        *,
        val_size: Count = 32,
        seed: Whole = 0,
        noise: Amount = 0.3,
        bias: Number = 0.0,
        coeff: Number = 1.0,
    ) -> None:
        sizes = {"classes": classes, "train_size": train_size, "val_size": val_size}
        check_memory(
            [(name, (n, *shape)) for name, n in sizes.items()],
            8,
            "the images",
            "take fewer, or smaller ones",
        )
        rng = np.random.default_rng(seed)
        patterns = rng.uniform(-1, 1, (classes, *shape))

        def draw(size: int) -> Samples:
            labels = np.arange(size) % classes
            images = patterns[labels] + rng.normal(0, noise, (size, *shape))
            return Samples(images.astype(np.float32), labels)

        names = [f"class {k}" for k in range(classes)]
        super().__init__(draw(train_size), draw(val_size), names, bias, coeff)

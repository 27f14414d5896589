"""Folders of class folders of images: which of them are wanted, and for what."""

import logging
from typing import NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.files.images import ENDINGS

log = logging.getLogger("netkit")
FITS = "pad", "crop", "stretch"
VAL = "val", "valid", "validation", "test"


class Wanted(NamedTuple):
    """How images are brought to one size and shared out.

    size: [height, width].  channels: 1 (grey) or 3.  fit: pad keeps an image whole and fills up
    with `fill`; crop fills the size and cuts off what is over; stretch does neither.  val_share:
    how much of each class is to test on, where the folder is not divided.  per_class: most images
    of a class.  balance: as many of each class to train on as the smallest has.  seed: which images
    are taken.
    """

    size: tuple = (32, 32)
    channels: int = 1
    fit: str = "pad"
    fill: int = 0
    val_share: float = 0.2
    per_class: int | None = None
    balance: bool = False
    seed: int = 0

    def checked(self):
        """Return self, or say which value is wrong."""
        size = (self.size, self.size) if isinstance(self.size, int) else tuple(self.size)
        whole = all(isinstance(n, int) and not isinstance(n, bool) and 1 <= n <= 4096 for n in size)
        wrong = {
            "size": not whole or len(size) != 2,
            "channels": self.channels not in (1, 3),
            "fit": self.fit not in FITS,
            "fill": not isinstance(self.fill, int) or not 0 <= self.fill <= 255,
            "val_share": not isinstance(self.val_share, (int, float))
            or not 0 <= self.val_share < 1,
            "per_class": self.per_class is not None
            and (not isinstance(self.per_class, int) or self.per_class < 1),
        }
        say = {
            "size": "give the height and width of all images, one number or [height, width], from 1 to 4096",
            "channels": "there are 1, grey, and 3, colour",
            "fit": f"there are {', '.join(FITS)}",
            "fill": "give a grey from 0 to 255",
            "val_share": "give a share from 0 to below 1",
            "per_class": "give a whole number from 1, or null for all",
        }
        for name in (name for name in wrong if wrong[name]):
            raise NetkitError(f"{name}={getattr(self, name)}: {say[name]}")
        return self._replace(size=size)


def listed(root, wanted):
    """Return class names and [(path, label), ...] to train on and to test on, in an order drawn
    from the seed.
    """
    if not root.is_dir():
        raise NetkitError(
            f"root={root}: there is no such folder: it holds a folder of images for each class"
        )
    test = next((root / name for name in VAL if (root / name).is_dir()), None)
    divided = (root / "train").is_dir() and test is not None
    found = by_class(root / "train" if divided else root)
    classes, rng = list(found), np.random.default_rng(wanted.seed)
    kept = [limited(found[name], wanted.per_class, rng) for name in classes]
    if divided:
        others = by_class(test)
        if set(others) - set(classes):
            raise NetkitError(
                f"{test}: class {min(set(others) - set(classes))} is not in {root / 'train'}: move it"
            )
        val = [limited(others.get(name, []), wanted.per_class, rng) for name in classes]
    else:
        counts = [
            max(1, round(wanted.val_share * len(paths))) if wanted.val_share else 0
            for paths in kept
        ]
        val = [paths[:n] for paths, n in zip(kept, counts, strict=True)]
        kept = [paths[n:] for paths, n in zip(kept, counts, strict=True)]
    for name, paths in zip(classes, kept, strict=True):
        if not paths:
            raise NetkitError(
                f"class {name} in {root}: no image is left to train on: bring more, or val_share=0"
            )
    if wanted.balance:
        kept = [paths[: min(map(len, kept))] for paths in kept]
    return classes, mixed(kept, rng), mixed(val, rng)


def by_class(root):
    """Return {class: sorted paths} of the folders in `root` that hold images."""
    found = {}
    for folder in sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")):
        paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS and p.is_file())
        if paths:
            found[folder.name] = paths
        else:
            log.warning("%s: no images in it: left out", folder)
    if not found:
        raise NetkitError(f"root={root}: holds no folders of images: make one folder a class")
    return found


def limited(paths, most, rng):
    """Return the paths in random order, at most so many."""
    return [paths[k] for k in rng.permutation(len(paths))[:most]]


def mixed(lists, rng):
    """Return [(path, label), ...] of all classes in random order."""
    pairs = [(path, label) for label, paths in enumerate(lists) for path in paths]
    return [pairs[k] for k in rng.permutation(len(pairs))]

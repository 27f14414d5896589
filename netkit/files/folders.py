"""Folders of class folders of images: which images are taken, and for what."""

import logging
import os
import unicodedata
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import numpy as np

from netkit.checks import Bound, Checked, Count, ShareBelow1, Twice, Whole
from netkit.errors import NetkitError
from netkit.files.decoding import Channels
from netkit.files.images import ENDINGS

log = logging.getLogger("netkit")
VAL = "val", "valid", "validation", "test"
Pairs: TypeAlias = list[tuple[Path, int]]  # (path, label), ...


class FolderSettings(Checked):
    """How images are brought to one size and shared out.

    size: [height, width].  channels: 1 (grey) or 3; auto: 1 if no image has a colour.  fit: pad
    keeps an image whole and fills up with `fill`; crop fills the size and cuts off what is over;
    stretch does neither.  val_share: how much of each class is to test on, where the folder is not
    divided.  per_class: most images of a class.  balance: as many of each class to train on as the
    smallest has.  seed: which images are taken.
    """

    def __init__(
        self,
        *,
        size: Annotated[tuple[int, int], Twice(Bound(least=1, most=4096, whole=True))] = (32, 32),
        channels: Channels = "auto",
        fit: Literal["pad", "crop", "stretch"] = "pad",
        fill: Annotated[int, Bound(least=0, most=255, whole=True)] = 0,
        val_share: ShareBelow1 = 0.2,
        per_class: Count | None = None,
        balance: bool = False,
        seed: Whole = 0,
    ) -> None:
        self.size = size
        self.channels = channels
        self.fit = fit
        self.fill = fill
        self.val_share = val_share
        self.per_class = per_class
        self.balance = balance
        self.seed = seed

    def values(self) -> list[Any]:
        """Return all of it, as JSON has it."""
        return list(vars(self).values())


def listed(root: Path, settings: FolderSettings) -> tuple[list[str], Pairs, Pairs]:
    """Return class names and [(path, label), ...] to train on and to test on.

    The order is drawn from the seed. Raises NetkitError for a folder that holds no such images.
    """
    if not root.is_dir():
        raise NetkitError(
            f"root={root}: there is no such folder: it holds a folder of images for each class"
        )
    test = next((root / name for name in VAL if (root / name).is_dir()), None)
    rng = np.random.default_rng(settings.seed)
    if (root / "train").is_dir() and test is not None:
        found, others = by_class(root / "train"), by_class(test)
        check_names(root / "train", list(found))
        if strange := sorted(set(others) - set(found)):
            near = [name for name in found if name.casefold() == strange[0].casefold()]
            raise NetkitError(
                f"{test}: class {', '.join(strange[:5])} is not in {root / 'train'}"
                f"{', where it is ' + near[0] if near else ''}: make a folder of it there too, "
                "rename it or take it away"
            )
        train = [limited(paths, settings.per_class, rng) for paths in found.values()]
        val = [limited(others.get(name, []), settings.per_class, rng) for name in found]
    else:
        found = by_class(root)
        check_names(root, list(found))
        both = [limited(paths, settings.per_class, rng) for paths in found.values()]
        counts = [count(len(paths), settings.val_share) for paths in both]
        val = [paths[:n] for paths, n in zip(both, counts, strict=True)]
        train = [paths[n:] for paths, n in zip(both, counts, strict=True)]
    for name, paths in zip(found, train, strict=True):
        if not paths:
            raise NetkitError(
                f"class {name} in {root}: no image is left to train on: bring more, or val_share=0"
            )
    if settings.balance:
        train = [paths[: min(map(len, train))] for paths in train]
    return list(found), mixed(train, rng), mixed(val, rng)


def by_class(root: Path) -> dict[str, list[Path]]:
    """Return {class: sorted paths} of the folders in `root` that hold images, however deep."""
    found: dict[str, list[Path]] = {}
    for folder in sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith(".")):
        paths = images_in(folder)
        if paths:
            found[folder.name] = paths
        else:
            log.warning("%s: no images in it: left out", folder)
    if not found:
        loose = len(images_in(root))
        there = f"holds {loose:,} images and" if loose else "holds"
        raise NetkitError(f"root={root}: {there} no folders of images: make one folder a class")
    return found


def images_in(folder: Path) -> list[Path]:
    """Return the sorted paths of the images in a folder and in the folders in it.

    Names that begin with a dot are left out, such as the ._ files that macOS leaves in archives.
    """
    paths = []
    for place, inside, names in os.walk(folder):
        inside[:] = [name for name in inside if not name.startswith(".")]
        some = [name for name in names if name.lower().endswith(ENDINGS) and name[0] != "."]
        paths += [os.path.join(place, name) for name in some]
    return [Path(path) for path in sorted(paths)]


def check_names(root: Path, names: list[str]) -> None:
    """Raise NetkitError if there is one class alone, or two of one name but for case."""
    if len(names) == 1:
        inner = [p.name for p in sorted((root / names[0]).iterdir()) if p.is_dir()]
        inside = f" (or is it root={root / names[0]}, with {inner[0]} in it?)" if inner else ""
        raise NetkitError(
            f"root={root}: holds one class alone, {names[0]}, and a net tells classes apart: "
            f"make a folder of other images beside it{inside}"
        )
    folded: dict[str, str] = {}
    for name in names:
        key = unicodedata.normalize("NFC", name).casefold()
        if key in folded:
            raise NetkitError(
                f"root={root}: the classes {folded[key]} and {name} have one name but for case or "
                "accents: rename one of them, or move its images into the other"
            )
        folded[key] = name


def count(images: int, share: float) -> int:
    """Return how many of a class's images are to test on: one at least, if any share is."""
    return max(1, round(share * images)) if share else 0


def limited(paths: list[Path], most: int | None, rng: np.random.Generator) -> list[Path]:
    """Return the paths in random order, at most so many; all if `most` is None."""
    return [paths[k] for k in rng.permutation(len(paths))[:most]]


def mixed(lists: list[list[Path]], rng: np.random.Generator) -> Pairs:
    """Return [(path, label), ...] of all classes in random order."""
    pairs = [(path, label) for label, paths in enumerate(lists) for path in paths]
    return [pairs[k] for k in rng.permutation(len(pairs))]

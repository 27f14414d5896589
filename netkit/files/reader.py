"""Many images of a folder, read in order over all cores, and what was found in them."""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from netkit.files.folders import FolderSettings, Pairs
from netkit.files.found import Found
from netkit.files.reading import Read
from netkit.files.several import read_several
from netkit.types import Array

log = logging.getLogger("netkit")
MOST_TWINS = 1000  # pairs that are named


class Reader:
    """Images of a folder, read in order; what cannot be read is left out and noted.

    root: the folder, an absolute path.  coloured: whether one of the images has colours.  files:
    the names of those read in each part.
    """

    def __init__(self, root: Path, settings: FolderSettings) -> None:
        self.start = os.path.join(root, "")
        self.settings = settings
        self.coloured = False
        self.files: list[list[str]] = []
        self.unreadable: list[list[str]] = []
        self.sizes: list[tuple[int, int]] = []
        self.turned = self.deep = self.brightest = 0
        self.seen: dict[str, str] = {}  # by digest, the first file of the parts before
        self.labels: dict[str, tuple[str, int]] = {}  # by digest, the first file, and its class
        self.twins: list[list[str]] = []
        self.torn: list[list[str]] = []

    def read(self, pairs: Pairs, path: Path) -> tuple[Array, Array]:
        """Return images (N, C, H, W) of uint8, mapped from the file `path`, and labels (N,).

        Of channels "auto", C is 3; all three are the same where `coloured` is false.
        """
        labels: list[int] = []
        names: list[str] = []
        fresh: dict[str, str] = {}
        channels = 1 if self.settings.channels == 1 else 3
        paths = [str(source) for source, _ in pairs]
        with progress_bar(len(paths)) as step, open(path, "wb") as file:
            images = read_several(paths, self.settings)
            for (_, label), source, image in zip(pairs, paths, images, strict=True):
                step()
                name = self.name(source)
                if isinstance(image, str):
                    log.info("left out: %s: %s", source, image)
                    self.unreadable.append([name, image])
                    continue
                self.note(image, name, label)
                fresh.setdefault(image.digest, name)
                planes = image.pixels
                file.write((planes if len(planes) == channels else planes.repeat(3, 0)).data)
                labels.append(label)
                names.append(name)
        self.files.append(names)
        self.seen.update(fresh)
        shape = (channels, *self.settings.size)
        if not labels:
            return np.zeros((0, *shape), np.uint8), np.zeros(0, np.int64)
        mapped = np.memmap(path, np.uint8, "r", shape=(len(labels), *shape))
        return mapped, np.array(labels, np.int64)

    def note(self, image: Read, name: str, label: int) -> None:
        """Count an image among what was found."""
        first, other = self.labels.setdefault(image.digest, (name, label))
        if other != label:
            self.torn.append([name, first])
        if image.digest in self.seen:
            self.twins.append([name, self.seen[image.digest]])
        self.coloured |= len(image.pixels) == 3
        self.sizes.append(image.size)
        self.turned += image.turned
        self.deep += image.deep
        self.brightest = max(self.brightest, image.brightest)

    def name(self, path: str) -> str:
        """Return the name of a file in the folder."""
        return path.removeprefix(self.start).replace(os.sep, "/")

    def found(self) -> Found:
        """Return what was found in all that was read, one image at least."""
        sizes = sorted(self.sizes, key=lambda size: size[0] * size[1])
        three = [list(sizes[k]) for k in (0, len(sizes) // 2, -1)]
        return Found(
            three,
            turned=self.turned,
            deep=self.deep,
            brightest=self.brightest,
            unreadable=self.unreadable,
            twins=self.twins[:MOST_TWINS],
            twice=len(self.twins),
            torn=self.torn[:MOST_TWINS],
            doubtful=len(self.torn),
        )


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[], None]]:
    """On a terminal, a bar over so many images; yields what moves it by one."""
    if total < 500 or not sys.stdout.isatty():
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn("reading images"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, transient=True) as progress:
        task = progress.add_task("", total=total)
        yield lambda: progress.update(task, advance=1)

"""What was found in a folder of images when it was compiled, kept with the set."""

from collections.abc import Mapping
from typing import Any, NamedTuple

NAMED = 3  # files that a warning names: set.json has more of them
Pairs = list[list[str]]
NONE: Pairs = []  # never changed


class Found(NamedTuple):
    """The files that a compiled set was made from.

    sizes: [width, height] of the smallest, the median and the largest image by its area, as in the
    files.  turned: how many were turned as their EXIF says.  deep: how many have more than 8 bits,
    and brightest: the largest value among those of 16.  unreadable: [file, reason] of those that
    were left out.  twins: [to test on, to train on], files with the same pixels once they have the
    size of the set, the first 1,000 of them; twice: how many there are.  torn: [file, file] with
    the same pixels in two classes, likewise; doubtful: how many.  folder: where set.json is.
    """

    sizes: list[list[int]]
    turned: int = 0
    deep: int = 0
    brightest: int = 0
    unreadable: Pairs = NONE
    twins: Pairs = NONE
    twice: int = 0
    torn: Pairs = NONE
    doubtful: int = 0
    folder: str = ""

    @classmethod
    def of(cls, values: Any, folder: str = "") -> "Found | None":
        """Return what set.json says; None of a set that says nothing, or something else."""
        if not isinstance(values, Mapping) or set(values) != set(cls._fields):
            return None
        found = cls(**values)._replace(folder=folder)
        counts = found.turned, found.deep, found.brightest, found.twice, found.doubtful
        lists = (found.unreadable, str), (found.twins, str), (found.torn, str), (found.sizes, int)
        whole = all(is_pairs(pairs, kind) for pairs, kind in lists) and len(found.sizes) == 3
        return found if whole and all(isinstance(n, int) for n in counts) else None

    def warnings(self) -> list[str]:
        """Return a line for each thing that a user may not expect of the images."""
        lines = []
        if self.unreadable:
            bad = [f"{name} ({reason})" for name, reason in self.unreadable]
            lines.append(f"{files(len(bad))} left out, cannot be read: {self.some(bad, len(bad))}")
        if self.twice:
            same = self.some([f"{one} is {other}" for one, other in self.twins], self.twice)
            lines.append(
                f"{files(self.twice)} to test on: trained on as well, pixel for pixel: {same}"
            )
        if self.doubtful:
            same = self.some([f"{one} is {other}" for one, other in self.torn], self.doubtful)
            lines.append(f"{files(self.doubtful)} in two classes, pixel for pixel: {same}")
        if self.turned:
            lines.append(f"{files(self.turned)} turned upright, as EXIF says")
        if self.deep:
            dark = f"; the brightest pixel is {self.brightest:,}" if self.brightest else ""
            lines.append(
                f"{files(self.deep)} with more than 8 bits brought to 8, 65,535 is white{dark}"
            )
        return lines

    def some(self, said: list[str], number: int) -> str:
        """Return the first of what is said of so many files, and where the others stand."""
        more = number - NAMED
        where = f" and {more:,} more, see {self.folder}/set.json" if more > 0 else ""
        return ", ".join(said[:NAMED]) + where


def is_pairs(value: Any, kind: type) -> bool:
    """Return whether a value is a list of pairs of one type."""
    return isinstance(value, list) and all(
        isinstance(pair, list) and len(pair) == 2 and all(isinstance(part, kind) for part in pair)
        for pair in value
    )


def files(number: int) -> str:
    """Return "1 file" or "12 files"."""
    return f"{number:,} file{'' if number == 1 else 's'}"

"""What was found in a folder of images when it was compiled, kept with the set."""

from collections.abc import Mapping
from typing import Any, NamedTuple

NAMED = 3  # files that a warning names: the log has all of them


class Found(NamedTuple):
    """The files that a compiled set was made from.

    sizes: [width, height] of the smallest, the median and the largest image by its area, as in the
    files.  turned: how many were turned as their EXIF says.  deep: how many have more than 8 bits,
    and brightest: the largest value among those of 16.  unreadable: [file, reason] of those that
    were left out.
    """

    sizes: list[list[int]]
    turned: int = 0
    deep: int = 0
    brightest: int = 0
    unreadable: list[list[str]] = []  # noqa: RUF012  # a NamedTuple's defaults, never changed
    twins: list[list[str]] = []  # noqa: RUF012
    twice: int = 0

    @classmethod
    def of(cls, values: Any) -> "Found | None":
        """Return what set.json says; None of a set that says nothing, or something else."""
        if not isinstance(values, Mapping) or set(values) != set(cls._fields):
            return None
        found = cls(**values)
        pairs = all(isinstance(v, list) for v in (found.sizes, found.unreadable, found.twins))
        good = (
            pairs
            and len(found.sizes) == 3
            and all(isinstance(n, int) for n in (*found[1:4], found.twice))
        )
        return found if good else None

    def warnings(self) -> list[str]:
        """Return a line for each thing that a user may not expect of the images."""
        lines = []
        if self.unreadable:
            some = ", ".join(f"{name} ({reason})" for name, reason in self.unreadable[:NAMED])
            more = len(self.unreadable) - NAMED
            rest = f" and {more} more, named in set.json" if more > 0 else ""
            lines.append(f"{files(len(self.unreadable))} left out, cannot be read: {some}{rest}")
        if self.twice:
            some = ", ".join(f"{one} is {other}" for one, other in self.twins[:NAMED])
            lines.append(
                f"{files(self.twice)} to test on: trained on as well, pixel for pixel: {some}"
                + (f" and {self.twice - NAMED} more" if self.twice > NAMED else "")
            )
        if self.turned:
            lines.append(f"{files(self.turned)} turned upright, as EXIF says")
        if self.deep:
            dark = f"; the brightest pixel is {self.brightest:,}" if self.brightest else ""
            lines.append(
                f"{files(self.deep)} with more than 8 bits brought to 8, 65,535 is white{dark}"
            )
        return lines


def files(number: int) -> str:
    """Return "1 file" or "12 files"."""
    return f"{number:,} file{'' if number == 1 else 's'}"

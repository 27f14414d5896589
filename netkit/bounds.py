"""Bounds: what a value may be. Each takes a value or raises ValueError, and says what it takes.

They are no NamedTuples: those of two classes are equal if their parts are, and `Annotated`, which
keeps what it has made before, then gives back one class's hint for the other's.
"""

import math
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

LARGEST = 10**100  # whole numbers beyond are no sizes, and no float's either beyond 10**308


@dataclass(frozen=True)
class Bound:
    """Numbers from `least` (or above `above`) to `most` (or below `below`); whole ones, or any."""

    least: float = -math.inf
    most: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    whole: bool = False

    def take(self, value: Any) -> Any:
        """Return the number, or raise ValueError. True and false are no numbers."""
        if isinstance(value, bool) or not isinstance(value, Integral if self.whole else Real):
            raise ValueError
        if isinstance(value, Integral) and abs(int(value)) > LARGEST:
            raise ValueError
        # Python's own numbers: numpy's scalars turn float32 into float64.
        number = int(value) if isinstance(value, Integral) and self.whole else float(value)
        if not (self.least <= number <= self.most and self.above < number < self.below):
            raise ValueError
        return number

    def __str__(self) -> str:
        said = "a whole number" if self.whole else "a number"
        said += f" from {self.least:g}" if self.least > -math.inf else ""
        said += f" above {self.above:g}" if self.above > -math.inf else ""
        upto = f" to {self.most:g}" if self.most < math.inf else ""
        upto = f" to below {self.below:g}" if self.below < math.inf else upto
        return said + (", up" + upto if upto and self.least == -math.inf else upto)


@dataclass(frozen=True)
class Twice:
    """One number for height and width, or two as [height, width]: always taken as a pair."""

    each: Bound

    def take(self, value: Any) -> tuple[Any, ...]:
        two = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
        if len(two) != 2:
            raise ValueError
        return tuple(self.each.take(part) for part in two)

    def __str__(self) -> str:
        return f"{self.each}, or two as [height, width]"


@dataclass(frozen=True)
class FromTo:
    """Two numbers, from the first to the second."""

    each: Bound

    def take(self, value: Any) -> Any:
        if not isinstance(value, (list, tuple)) or len(value) != 2:
            raise ValueError
        low, high = (self.each.take(part) for part in value)
        if low > high:
            raise ValueError
        return low, high

    def __str__(self) -> str:
        return f"two numbers, the smaller first, each {self.each}"


@dataclass(frozen=True)
class ListOf:
    """A list, of `length` if one is given; `words`: how an error describes it, if given."""

    each: Bound
    length: int | None = None
    words: str = ""

    def take(self, value: Any) -> list[Any]:
        if not isinstance(value, (list, tuple)) or len(value) != (self.length or len(value)):
            raise ValueError
        return [self.each.take(part) for part in value]

    def __str__(self) -> str:
        return self.words or f"a list, each {self.each}"


@dataclass(frozen=True)
class OneOf:
    """One of some values, by value and type: 1 is not true."""

    values: tuple[Any, ...]

    def take(self, value: Any) -> Any:
        for one in self.values:
            if type(value) is type(one) and value == one:
                return one
        raise ValueError

    def __str__(self) -> str:
        return ", ".join(map(str, self.values))


@dataclass(frozen=True)
class TrueOrFalse:
    """True or false, or 1 or 0 as EBLearn writes them."""

    def take(self, value: Any) -> bool:
        if not isinstance(value, Real) or value not in (True, False):
            raise ValueError
        return bool(value)

    def __str__(self) -> str:
        return "true or false"


@dataclass(frozen=True)
class Text:
    """A text."""

    def take(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError
        return value

    def __str__(self) -> str:
        return "a text"


@dataclass(frozen=True)
class Either:
    """What one of several checks takes; null among them is None."""

    checks: tuple[Any, ...]
    null: bool

    def take(self, value: Any) -> Any:
        if value is None and self.null:
            return None
        for check in self.checks:
            try:
                return check.take(value)
            except (ValueError, OverflowError):
                continue
        raise ValueError

    def __str__(self) -> str:
        return ", or ".join(map(str, [*self.checks, *(["null"] if self.null else [])]))

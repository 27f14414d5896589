"""Checks: what a constructor's signature asks of its arguments, checked where an object is made.

    class Blur(Layer):
        def __init__(self, kernel: Pair, sigma: Positive = 1.0, mode: Literal["zero", "mirror"] = "zero"):

A hint is the check, the error's remedy and the help in one: `Blur(0)` raises "kernel=0: give a
whole number from 1, or two as [height, width]", `Blur(5).kernel` is (5, 5), and `netkit plugins
blur` prints all of it. Hints that are not listed here (dict, list, Any) let everything pass.
"""

import functools
import inspect
import math
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from netkit.errors import NetkitError


class Bound(NamedTuple):
    """Numbers from `least` (or above `above`) to `most` (or below `below`); whole ones, or any."""

    least: float = -math.inf
    most: float = math.inf
    above: float = -math.inf
    below: float = math.inf
    whole: bool = False

    def take(self, value: Any) -> Any:
        """Return the number, or raise ValueError. True and false are no numbers."""
        kinds = (int,) if self.whole else (int, float)
        if isinstance(value, bool) or not isinstance(value, kinds) or not math.isfinite(value):
            raise ValueError
        if not (self.least <= value <= self.most and self.above < value < self.below):
            raise ValueError
        return value if self.whole else float(value)

    def __str__(self) -> str:
        said = "a whole number" if self.whole else "a number"
        said += f" from {self.least:g}" if self.least > -math.inf else ""
        said += f" above {self.above:g}" if self.above > -math.inf else ""
        upto = f" to {self.most:g}" if self.most < math.inf else ""
        upto = f" to below {self.below:g}" if self.below < math.inf else upto
        return said + (", up" + upto if upto and self.least == -math.inf else upto)


class Twice(NamedTuple):
    """One number for height and width, or two as [height, width]: always taken as a pair."""

    each: Bound

    def take(self, value: Any) -> Any:
        two = tuple(value) if isinstance(value, (list, tuple)) else (value, value)
        if len(two) != 2:
            raise ValueError
        return tuple(self.each.take(part) for part in two)

    def __str__(self) -> str:
        return f"{self.each}, or two as [height, width]"


class OneOf(NamedTuple):
    """One of some values, by value and type: 1 is not true."""

    values: tuple[Any, ...]

    def take(self, value: Any) -> Any:
        for one in self.values:
            if type(value) is type(one) and value == one:
                return one
        raise ValueError

    def __str__(self) -> str:
        return ", ".join(map(str, self.values))


class TrueOrFalse(NamedTuple):
    """True or false, or 1 or 0 as EBLearn writes them."""

    def take(self, value: Any) -> bool:
        if value not in (True, False):
            raise ValueError
        return bool(value)

    def __str__(self) -> str:
        return "true or false"


class Text(NamedTuple):
    """A text."""

    def take(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError
        return value

    def __str__(self) -> str:
        return "a text"


class Either(NamedTuple):
    """What one of several checks takes; null among them is None."""

    checks: tuple[Any, ...]
    null: bool

    def take(self, value: Any) -> Any:
        if value is None and self.null:
            return None
        for check in self.checks:
            try:
                return check.take(value)
            except ValueError:
                continue
        raise ValueError

    def __str__(self) -> str:
        return ", or ".join(map(str, [*self.checks, *(["null"] if self.null else [])]))


# ---- what a signature may ask ----
Whole = Annotated[int, Bound(least=0, whole=True)]  # 0, 1, 2, ...
Count = Annotated[int, Bound(least=1, whole=True)]  # 1, 2, 3, ...
Number = Annotated[float, Bound()]
Amount = Annotated[float, Bound(least=0)]
Positive = Annotated[float, Bound(above=0)]
Share = Annotated[float, Bound(least=0, most=1)]
ShareBelow1 = Annotated[float, Bound(least=0, below=1)]
Pair = Annotated[tuple[int, int], Twice(Bound(least=1, whole=True))]  # a kernel, a stride
WholePair = Annotated[tuple[int, int], Twice(Bound(least=0, whole=True))]  # a padding
AmountPair = Annotated[tuple[float, float], Twice(Bound(least=0))]
PositivePair = Annotated[tuple[float, float], Twice(Bound(above=0))]
PLAIN = {
    bool: TrueOrFalse(),
    int: Bound(whole=True),
    float: Bound(),
    str: Text(),
}


def check_of(hint: Any) -> Any:
    """Return the check that a type hint stands for; None if it lets everything pass."""
    if get_origin(hint) is Annotated:
        checks = [part for part in hint.__metadata__ if hasattr(part, "take")]
        return checks[0] if checks else check_of(hint.__origin__)
    if get_origin(hint) is Literal:
        return OneOf(get_args(hint))
    if get_origin(hint) in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not NoneType]
        checks = [check_of(part) for part in parts]
        return None if None in checks else Either(tuple(checks), len(parts) < len(get_args(hint)))
    return PLAIN.get(hint)


def taken(name: str, value: Any, hint: Any) -> Any:
    """Return a value as its hint has it; raise NetkitError, naming it, if it is none of those."""
    check = check_of(hint)
    if check is None:
        return value
    try:
        return check.take(value)
    except ValueError:
        give = "there are" if isinstance(check, OneOf) else "give"
        raise NetkitError(f"{name}={value}: {give} {check}") from None


def checking(init: Callable[..., None]) -> Callable[..., None]:
    """Return a constructor that checks its arguments by its hints before it runs."""
    try:
        signature = inspect.signature(init, eval_str=True)
    except NameError:  # hints that only a type checker can see
        signature = inspect.signature(init)
    hints = {p.name: p.annotation for p in signature.parameters.values()}
    asked = {name: hint for name, hint in hints.items() if check_of(hint) is not None}

    @functools.wraps(init)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        bound = signature.bind(self, *args, **kwargs)
        for name, value in bound.arguments.items():
            if name in asked:
                bound.arguments[name] = taken(name, value, asked[name])
        init(*bound.args, **bound.kwargs)

    return checked


class Checked:
    """A class whose constructor, and that of every class made from it, checks what it is given."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            cls.__init__ = checking(cls.__init__)  # type: ignore[method-assign]

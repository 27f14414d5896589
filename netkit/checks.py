"""Checks: what a constructor's signature asks of its arguments, checked where an object is made.

    class Blur(Layer):
        def __init__(self, kernel: Pair, sigma: Positive = 1.0, edge: bool = False):

A hint is the check, the error's remedy and the help in one: `Blur(0)` raises "kernel=0: give a
whole number from 1, or two as [height, width]", `Blur(5).kernel` is (5, 5), and `netkit plugins
blur` prints all of it. Hints that are not listed here (dict, list, Any) let everything pass.
"""

import contextlib
import functools
import inspect
from collections.abc import Callable
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from netkit.bounds import Bound, Either, FromTo, ListOf, OneOf, Text, TrueOrFalse, Twice
from netkit.errors import NetkitError, printed

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
WholeRange = Annotated[tuple[int, int], FromTo(Bound(least=0, whole=True))]
AmountRange = Annotated[tuple[float, float], FromTo(Bound(least=0))]
PositiveRange = Annotated[tuple[float, float], FromTo(Bound(above=0))]
Amounts = Annotated[list[float], ListOf(Bound(least=0))]
Box = Annotated[list[int], ListOf(Bound(least=0, whole=True), 4, "[y, x, height, width] in pixels")]
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
    return value if check is None else passed(name, value, check)


def passed(name: str, value: Any, check: Any) -> Any:
    """Return a value as a check has it; raise NetkitError, naming it, if it is none of those."""
    try:
        return check.take(value)
    except (ValueError, OverflowError):
        give = "there are" if isinstance(check, OneOf) else "give"
        # A text that reads like a number shows its quotes: kernel='3'.
        quoted = isinstance(value, str) and not value.strip("0123456789.+- ")
        shown = repr(value) if quoted else printed(value)
        shown = shown if len(shown) <= 200 else shown[:197] + "..."
        raise NetkitError(f"{name}={shown}: {give} {check}") from None


def checking(init: Callable[..., None]) -> Callable[..., None]:
    """Return a constructor that checks its arguments by its hints before it runs."""
    written = inspect.signature(init)
    parameters = [resolved(p, init.__globals__) for p in written.parameters.values()]
    signature = written.replace(parameters=parameters)
    checks = {p.name: check for p in parameters if (check := check_of(p.annotation)) is not None}

    @functools.wraps(init)
    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        bound = signature.bind(self, *args, **kwargs)
        for name, value in bound.arguments.items():
            if name in checks:
                bound.arguments[name] = passed(name, value, checks[name])
        bound.apply_defaults()
        init(*bound.args, **bound.kwargs)

    checked.__signature__ = signature  # type: ignore[attr-defined]  # what `inspect` shows
    return checked


def resolved(parameter: inspect.Parameter, names: dict[str, Any]) -> inspect.Parameter:
    """Return an argument with its hint as an object, and its default as the hint has it."""
    hint, default = parameter.annotation, parameter.default
    if isinstance(hint, str):
        try:
            hint = eval(hint, names)
        except (NameError, AttributeError, TypeError):  # one that only a type checker can see
            return parameter
    check = check_of(hint)
    with contextlib.suppress(ValueError):  # a default may be what nobody could give, such as null
        if check is not None and default is not parameter.empty:
            default = check.take(default)  # a pair may have 1 as its default
    return parameter.replace(annotation=hint, default=default)


class Checked:
    """A class whose constructor, and that of every class made from it, checks what it is given.

    example: arguments to show it with, as YAML, where those that must be given are not enough.
    """

    example = ""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "__init__" in vars(cls):
            cls.__init__ = checking(cls.__init__)  # type: ignore[method-assign]

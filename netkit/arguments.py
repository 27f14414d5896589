"""Arguments: what the constructor of a plugin's class takes, as text for errors, help and docs."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, get_args, get_origin

from netkit.bounds import Bound, Either, OneOf, Text, TrueOrFalse, Twice
from netkit.checks import check_of

KINDS_OF_VALUES = {dict: "a mapping", list: "a list", tuple: "a list", str: "a text"}
NOTHING = inspect.Parameter.empty


class Argument(NamedTuple):
    """One argument: its name, its type hint, and its default (`NOTHING` if it must be given)."""

    name: str
    hint: Any
    default: Any

    def __str__(self) -> str:
        return self.name + ("" if self.default is NOTHING else f"={self.written()}")

    def written(self) -> str:
        """Return the default as YAML has it; one number for a pair of equal ones."""
        two = self.default
        pair = any(isinstance(check, Twice) for check in parts_of(check_of(self.hint)))
        return written(two[0] if pair and isinstance(two, tuple) and two[0] == two[1] else two)

    def takes(self) -> str:
        """Return what it takes: "a whole number from 1"; empty where the hint does not tell."""
        check = check_of(self.hint)
        if isinstance(check, OneOf):
            return f"one of {check}"
        if check is not None:
            return str(check)
        hints = get_args(self.hint) if get_origin(self.hint) not in KINDS_OF_VALUES else ()
        words = [value_kind(hint) for hint in hints or (self.hint,)]
        return ", or ".join(words) if all(words) else ""

    def example(self) -> str:
        """Return a value that it takes, as YAML; "..." where the hint does not tell."""
        for check in parts_of(check_of(self.hint)):
            bound = check.each if isinstance(check, Twice) else check
            if isinstance(bound, Bound):
                return written(next(v for v in samples(check) if takes(bound, v)))
            if isinstance(bound, OneOf):
                return written(bound.values[0])
            if isinstance(bound, (TrueOrFalse, Text)):
                return "true" if isinstance(bound, TrueOrFalse) else "NAME"
        return "{...}" if value_kind(self.hint) == "a mapping" else "..."


def signature_of(cls: Callable[..., Any]) -> inspect.Signature:
    """Return the arguments of a class; for a `**rest` that it hands on, its base class's."""
    signature = inspect.signature(cls)
    own = list(signature.parameters.values())
    if not (own and own[-1].kind is own[-1].VAR_KEYWORD and inspect.isclass(cls)):
        return signature
    names = {p.name for p in own}
    base = signature_of(cls.__mro__[1]).parameters.values()
    more = [p.replace(kind=p.KEYWORD_ONLY) for p in base if p.name not in names]
    return signature.replace(parameters=[*own[:-1], *more])


def arguments_of(cls: Callable[..., Any]) -> list[Argument]:
    """Return the arguments that a class takes, in order."""
    return [
        Argument(p.name, p.annotation, p.default) for p in signature_of(cls).parameters.values()
    ]


def said(cls: Callable[..., Any]) -> str:
    """Return "out, kernel, stride=1, bias=true": the arguments of a class, on one line."""
    return ", ".join(map(str, arguments_of(cls))) or "no arguments"


def example_of(cls: Callable[..., Any], name: str) -> str:
    """Return YAML that makes it: with the arguments of its `example`, or those it must have."""
    needed = [f"{a.name}: {a.example()}" for a in arguments_of(cls) if a.default is NOTHING]
    # An `example` is for the constructor that it stands beside: a subclass may have another one.
    owner = next((c for c in getattr(cls, "__mro__", ()) if "__init__" in vars(c)), cls)
    given = vars(owner).get("example", "")
    return "{" + ", ".join([f"type: {name}", *([given] if given else needed)]) + "}"


def written(value: Any) -> str:
    """Return a value as YAML has it, on one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {written(each)}" for key, each in value.items()) + "}"
    return str(value) if value != "" else '""'


def parts_of(check: Any) -> tuple[Any, ...]:
    """Return the checks of which a check accepts any."""
    if isinstance(check, Either):
        return check.checks
    return () if check is None else (check,)


def samples(check: Any) -> tuple[float, ...]:
    """Return numbers to try as an example: 3 for a kernel, 4 for a number of maps, ..."""
    if isinstance(check, Twice):
        return (3, 1, 0.5)
    return (4, 1) if check.whole else (0.5, 2, 0, 1, check.least)


def takes(check: Any, value: Any) -> bool:
    """Return whether a check takes a value."""
    try:
        check.take(value)
    except ValueError:
        return False
    return True


def value_kind(hint: Any) -> str:
    """Return what YAML calls values of a type; empty for one that it has no word for."""
    if hint in (None, type(None)):
        return "null"
    check = check_of(hint)
    return KINDS_OF_VALUES.get(get_origin(hint) or hint, "") if check is None else str(check)

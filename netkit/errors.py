"""The one exception that a user is meant to read, and values as it prints them."""

import reprlib
from collections.abc import Callable
from typing import Any


class NetkitError(Exception):
    """Report a mistake in what netkit was given, in one line: the thing, the value, the remedy."""


def shown(value: Any) -> str:
    """Return a value as an error may print it: in one short line, however large it is."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = 60
    short.maxlevel = 3
    return " ".join(printed(value, short.repr).split())


def printed(value: Any, to_text: Callable[[Any], str] = str) -> str:
    """Return a value as a text, also where Python prints none: of over 4,300 digits."""
    try:
        return to_text(value)
    except ValueError:
        return "thousands of digits"

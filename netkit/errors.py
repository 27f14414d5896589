"""The one exception that a user is meant to read, and values as it prints them."""

import reprlib
from typing import Any


class NetkitError(Exception):
    """Report a mistake in what netkit was given, in one line: the thing, the value, the remedy."""


def shown(value: Any) -> str:
    """Return a value as an error may print it: in one short line, however large it is."""
    short = reprlib.Repr()
    short.maxstring = short.maxother = short.maxlong = 60
    short.maxlevel = 3
    return " ".join(short.repr(value).split())

"""Pieces of C: files with words filled in, numbers, texts."""

from collections.abc import Iterable
from importlib.resources import files

import numpy as np

from netkit.types import Array

HERE = files("netkit.export.c")
ORDER = ("window", "pool", "spread", "tanh_of")  # what others are written with comes before them
WIDE = 100  # columns


def part(name: str, **words: object) -> str:
    """Return a file of parts/ with its @WORDS@ filled in."""
    text = (HERE / "parts" / name).read_text()
    for word, value in words.items():
        text = text.replace(f"@{word.upper()}@", str(value))
    return text


def operators(names: Iterable[str]) -> str:
    """Return the text of some of operators/, those first that others are written with."""
    wanted = set(names)
    order = ["base", *(n for n in ORDER if n in wanted), *sorted(wanted - set(ORDER))]
    return "\n".join((HERE / "operators" / f"{name}.c").read_text() for name in order)


def numbers(values: Array) -> str:
    """Return floats as lines of C."""
    lines, line = [], "   "
    for value in np.asarray(values, np.float32).ravel().tolist():
        word = f" {digits(value)},"
        if len(line) + len(word) > WIDE:
            lines.append(line)
            line = "   "
        line += word
    return "\n".join([*lines, line]) + "\n"


def quoted(text: str) -> str:
    """Return a text as C has one; what is not ASCII as the bytes of UTF-8."""
    plain = [
        chr(b) if 32 <= b < 127 and chr(b) not in '"\\?' else f"\\{b:03o}" for b in text.encode()
    ]
    return '"' + "".join(plain) + '"'


def number(value: float) -> str:
    """Return a number as C has a float."""
    return digits(float(np.float32(value)))


def digits(value: float) -> str:
    """Return a number of float32's as C has a float; 9 digits tell all of them apart."""
    text = f"{value:.9g}"
    return f"{text}f" if set(text) & set(".en") else f"{text}.0f"

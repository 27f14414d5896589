"""The text of a variable as a value: a number, a switch, a list."""

import re
from typing import Any

from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.kept_variables import NUMBER, KeptVariables, number_of
from netkit.errors import NetkitError

SWITCH = {"0": False, "1": True, "false": False, "true": True}


def switch(conf: ConfFile, name: str) -> bool:
    """Return a variable of 0 or 1 as a bool."""
    text = conf.get(name)
    if text.lower() not in SWITCH:
        raise NetkitError(f"{conf.path}: {name} = {text}: give 0 or 1")
    return SWITCH[text.lower()]


def whole(conf: ConfFile, name: str) -> int:
    """Return a whole number from 0."""
    text = conf.get(name)
    if not re.fullmatch(r"\d+", text):
        raise NetkitError(f"{conf.path}: {name} = {text}: give a whole number")
    return int(text)


def number(conf: ConfFile, name: str, default: float | None = None) -> float:
    """Return a number; the default, if there is one, where the file says nothing."""
    text = conf.get(name)
    if not text and default is not None:
        return default
    if not NUMBER.fullmatch(text):
        raise NetkitError(f"{conf.path}: {name} = {text}: give a number")
    return float(text)


def kept_number(conf: ConfFile, kept: KeptVariables, name: str, *, is_whole: bool = False) -> Any:
    """Return a number, or the ${variable} that it is one of."""
    value = whole(conf, name) if is_whole else number(conf, name)
    return kept.number(name) or value


def numbers(conf: ConfFile, name: str) -> list[float]:
    """Return the numbers in a text, with commas or spaces between them."""
    words = [word for word in re.split(r"[,\s]+", conf.get(name)) if word]
    if not words or not all(NUMBER.fullmatch(word) for word in words):
        raise NetkitError(f"{conf.path}: {name} = {conf.get(name)}: give numbers")
    return [number_of(word) for word in words]

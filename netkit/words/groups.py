"""The groups of a configuration and their choices: the folders and files of conf/."""

import functools
import re
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml

from netkit.errors import NetkitError
from netkit.words.near import hint
from netkit.words.synonyms import choice_for

CONF = files("netkit.conf")
GROUPS = tuple(sorted(p.name for p in CONF.iterdir() if p.is_dir() and p.name[:1] != "_"))


@functools.cache
def choices_of(group: str) -> tuple[str, ...]:
    """Return the names of netkit's own files of a group; () of none."""
    folder = CONF / group
    if group not in GROUPS:
        return ()
    names = (path.name for path in folder.iterdir())
    return tuple(sorted(name[:-5] for name in names if name.endswith(".yaml")))


@functools.cache
def defaults_of(command: str) -> dict[str, str | None]:
    """Return {group: choice} that a command begins with, its bases' too."""
    path = CONF / f"{command}.yaml"
    parts = yaml.safe_load(path.read_text(encoding="utf-8")).get("defaults", [])
    found: dict[str, str | None] = {}
    for part in parts:
        if isinstance(part, dict):
            named = {name.removeprefix("override "): choice for name, choice in part.items()}
            found |= {name: choice for name, choice in named.items() if name in GROUPS}
        elif part[:1] != "_":
            found |= defaults_of(part)
    return found


def settled_choice(command: str, word: str) -> str | None:
    """Return a word GROUP=null|true|false as Hydra takes it, None where it says what is so anyway.

    Hydra takes names alone. Raises NetkitError where there is no choice like it.
    """
    found = re.fullmatch(r"(\w+)=([^,]*)", word)
    if not found or found[1] not in defaults_of(command):
        return word
    group, value = found.groups()
    odd = value.lower() in ("null", "none", "false", "true", "") or re.fullmatch(r"[\d.]+", value)
    choices = choices_of(group)
    if not odd or value in choices:
        return word
    if value.lower() in ("null", "none", "") and defaults_of(command)[group] is None:
        return None
    if value.lower() in ("null", "none", "false") and "none" in choices:
        return f"{group}=none"
    near = choice_for(group, value)
    said = f"did you mean {near}?" if near else f"there are {', '.join(choices)}"
    raise NetkitError(f"{word}: {group} is a choice by name: {said}")


def refuse_texts(command: str, cfg: Mapping[str, Any]) -> None:
    """Raise NetkitError for a text as the value of a variable that is true or false."""
    texts = [(name, value) for name, value in cfg.items() if isinstance(value, str)]
    if not texts:
        return
    files_of = [CONF / f"{name}.yaml" for name in (command, "detect")]
    known = "".join(path.read_text(encoding="utf-8") for path in files_of if path.is_file())
    for name, value in texts:
        if re.search(rf"^{re.escape(str(name))}: +(true|false)\b", known, re.M):
            raise NetkitError(f"{name}={value}: give true or false")


def unknown_choice(group: str, choice: str, known: list[str]) -> str:
    """Return what to say of a choice that a group has not: netkit's word, or what is near."""
    near: Any = choice_for(group, choice)
    if near in known:
        return f"{group}={choice}: in netkit it is {group}={near}"
    return f"{group}={choice}: there is no such {group}: {hint(choice, known) or 'see --help'}"

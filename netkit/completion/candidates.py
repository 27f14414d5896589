"""The words that a line of netkit can go on with."""

import glob
import os
import shlex
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from netkit.config.help import sections_of
from netkit.errors import NetkitError
from netkit.words.forms import FLAGS
from netkit.words.groups import GROUPS, choices_of, defaults_of

CONFIGURED = {  # commands that take NAME=VALUE, and whose variables
    "train": "train",
    "classify": "classify",
    "detect": "detect",
    "evaluate": "evaluate",
    "explain": "explain",
    "audit": "audit",
    "play": "play",
    "summary": "train",
    "convert": "detect",
}
PATHS = "weights", "resume", "root", "input", "input_list", "background", "hydra.run.dir", "plugins"


def candidates(line: str, commands: Iterable[str]) -> list[str]:
    """Return what the last word of a line can become; [] where a shell may offer its files.

    line: as far as it is typed, with "netkit".  commands: the names of all.
    """
    words, current = divided(line)
    if not words:
        return starting(current, commands)
    command, before = words[0], words[1:]
    if command in CONFIGURED:
        return settings(CONFIGURED[command], before, current)
    if command == "plugins" and not before:
        return starting(current, registered())
    if command == "report" and not before:
        return starting(current, ["latest", *paths(current)])
    if command == "completion":
        return starting(current, ["bash", "zsh", "fish"])
    return []


def divided(line: str) -> tuple[list[str], str]:
    """Return (whole words behind "netkit", the word that is being typed) of a line."""
    try:
        words = shlex.split(line)
    except ValueError:  # a quote that is still open
        words = line.split()
    words = words[1:]
    if not words or line[-1:].isspace():
        return [word for word in words if word != "--debug"], ""
    return [word for word in words[:-1] if word != "--debug"], words[-1]


def starting(current: str, names: Iterable[str]) -> list[str]:
    """Return the names that begin as the word does."""
    return sorted({name for name in names if name.startswith(current)})


def settings(command: str, before: list[str], current: str) -> list[str]:
    """Return what a NAME=VALUE word of a command can become."""
    if current.startswith("-"):
        return starting(current, [flag for flag in FLAGS if flag.startswith("--")])
    rows = [row for part in sections_of(command).values() for row in part]
    if {"--help", "-h"} & {*before}:
        return starting(current, [*defaults_of(command), *(row.name for row in rows)])
    if before and before[-1] in ("--cfg", "-c"):
        return starting(current, FLAGS["--cfg"].split("|"))
    plus = current[: len(current) - len(current.lstrip("+~"))]
    name, sign, value = current[len(plus) :].partition("=")
    if sign:
        whole = [f"{plus}{name}={each}" for each in values(name, value, rows)]
        return starting(current, whole)
    if name.startswith("arch.layers."):
        return starting(current, [plus + each for each in of_layers(command, before, name)])
    groups = [f"{group}=" for group in defaults_of(command)]
    inner = ["arch.layers."] if "arch" in defaults_of(command) else []
    return starting(
        current, [plus + each for each in groups + [f"{r.name}=" for r in rows] + inner]
    )


def values(name: str, value: str, rows: list[Any]) -> Iterator[str]:
    """Yield the values that a variable or a group can have, where they can be listed."""
    if name in GROUPS:
        yield from choices_of(name)
        yield from (path for path in paths(value) if path.endswith((".yaml", "/")))
        return
    if name in ("weights", "resume"):
        yield "latest"
    if name in PATHS:
        yield from paths(value)
    if any(row.name == name and row.default in ("true", "false") for row in rows):
        yield from ("true", "false")


def paths(start: str) -> list[str]:
    """Return the paths that begin so; a folder has a / at its end."""
    found = sorted(glob.glob(glob.escape(os.path.expanduser(start)) + "*"))
    return [f"{path}/" if os.path.isdir(path) else path for path in found]


def of_layers(command: str, before: list[str], name: str) -> list[str]:
    """Return arch.layers.NAME. and arch.layers.NAME.ARGUMENT= of the arch that is taken."""
    chosen = [word.partition("=")[2] for word in before if word.startswith("arch=")]
    arch = (chosen or [defaults_of(command).get("arch") or ""])[-1]
    path = Path(arch) if Path(arch).is_file() else files("netkit.conf") / "arch" / f"{arch}.yaml"
    if not path.is_file():
        return []
    layers = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("layers") or {}
    layer, dot, _ = name.removeprefix("arch.layers.").partition(".")
    if not dot:
        return [f"arch.layers.{each}." for each in layers]
    spec = layers.get(layer)
    if not isinstance(spec, dict):
        return []
    names = {"type", "when", *spec, *arguments(str(spec.get("type")))}
    return [f"arch.layers.{layer}.{each}=" for each in names]


def arguments(type_name: str) -> list[str]:
    """Return the arguments of a type of layer; [] of one that is not known."""
    from netkit.arguments import arguments_of
    from netkit.registry import Registry

    try:
        return [each.name for each in arguments_of(Registry().get("layer", type_name))]
    except NetkitError:
        return []


def registered() -> list[str]:
    """Return the names of all that plugins bring."""
    from netkit.registry import Registry

    return [name for names in Registry().found.values() for name in names]

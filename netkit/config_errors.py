"""What Hydra or OmegaConf said of a configuration, as one line for its user."""

import difflib
import re
from collections.abc import Callable
from importlib.resources import files
from typing import Any

from netkit.config_words import unreadable

UNKNOWN = re.compile(r"Could not override '([^']+)'|Key '([^']+)' is not in struct")
CHOICES = re.compile(
    r"In '[^']+': Could not find '([^']+)' "
    r"Available options in '([^']+)': (.*?)(?: Config search path|$)"
)


def one_line(error: BaseException, command: str, composed: Callable[..., Any]) -> str:
    """Return what Hydra or OmegaConf said, as one line that names the remedy.

    composed: composes a command's configuration; called only where a name needs a hint.
    """
    if isinstance(word := getattr(error, "override", None), str):
        return unreadable(command, word.removeprefix("++"))
    name, text = unknown_variable(error), said(error)
    if name.split(".")[0] == "scenes" and command != "evaluate":
        return f"scenes: images with boxes are for netkit evaluate, not for netkit {command}"
    if name:
        choices = owners(name)[1]
        hint = f": use {choices}" if choices else near(name, command, composed)
        listed = f"netkit {command} --cfg job prints all"
        return f"{name}: there is no such variable{hint}; {listed} (+{name}=... adds it)"
    group = CHOICES.search(text)
    if group:
        choice, kind, known = group[1].split("/")[-1], group[2], ", ".join(group[3].split())
        if kind == "data" and composes(composed, "evaluate", f"scenes={choice}"):
            return (
                f"data={choice}: these are scenes with boxes, for netkit evaluate; "
                f"netkit {command} takes data={known}"
            )
        if kind == "scenes" and composes(composed, "train", f"data={choice}"):
            return (
                f"scenes={choice}: has no boxes: data={choice} measures a classifier; "
                f"there are scenes={known}"
            )
        return f"{kind}={choice}: there is no such {kind}: there are {known}"
    text = re.sub(r" ?(full_key|object_type|reference_type)[:=] ?\S*", "", text)
    return text or type(error).__name__


def composes(composed: Callable[..., Any], command: str, word: str) -> bool:
    """Return whether a command takes a word."""
    try:
        composed(command, [word])
    except Exception:  # Hydra's, of many classes; they all say no
        return False
    return True


def said(error: BaseException) -> str:
    """Return the message of an error in one line."""
    return " ".join(str(error).split())


def unknown_variable(error: BaseException) -> str:
    """Return the variable that an error says does not exist; "" for any other error."""
    found = UNKNOWN.search(said(error))
    return (found[1] or found[2]) if found else ""


def owners(name: str) -> tuple[str, str]:
    """Return the group whose choices bring a variable, and those: "data", "data=files"."""
    folders = [path for path in files("netkit.conf").iterdir() if path.is_dir()]
    for folder in sorted(folders, key=lambda path: path.name):
        names = [path.name for path in folder.iterdir() if brings(path, name)]
        if names:
            choices = (f"{folder.name}={file.removesuffix('.yaml')}" for file in sorted(names))
            return folder.name, " or ".join(choices)
    return "", ""


def brings(path: Any, name: str) -> bool:
    """Return whether a file of a group has a variable of the top level."""
    text = path.read_text() if path.name.endswith(".yaml") else ""
    start = text.startswith("# @package _global_")
    return start and bool(re.search(rf"^{re.escape(name)}:", text, re.M))


def near(name: str, command: str, composed: Callable[..., Any]) -> str:
    """Return a hint at the variable that `name` may be meant for, at its deepest known level."""
    try:
        known: Any = composed(command)
    except Exception:  # a hint is not worth an error
        return ""
    path: list[str] = []
    words = name.split(".")
    while words and hasattr(known, "keys") and words[0] in known:
        known = known[words[0]]
        path.append(words.pop(0))
    if not words or not hasattr(known, "keys"):
        return ""
    close = difflib.get_close_matches(words[0], map(str, known), 1)
    return f": did you mean {'.'.join([*path, *close])}?" if close else ""

"""What Hydra or OmegaConf said of a configuration, as one line for its user."""

import re
from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

from netkit.words.forms import unreadable
from netkit.words.groups import GROUPS, unknown_choice
from netkit.words.near import hint_in
from netkit.words.synonyms import answer_to

COMMANDS = "train", "classify", "detect", "evaluate", "play"

UNKNOWN = re.compile(r"Could not override '([^']+)'|Key '([^']+)' is not in struct")
CHOICES = re.compile(
    r"In '[^']+': Could not find '([^']+)' "
    r"Available options in '([^']+)': (.*?)(?: Config search path|$)"
)


def one_line(
    error: BaseException, command: str, composed: Callable[..., Any], words: Iterable[str] = ()
) -> str:
    """Return what Hydra or OmegaConf said, as one line that names the remedy.

    composed: composes a command's configuration; called only where a name needs a hint.  words:
    the words of the command line that were being read.
    """
    if isinstance(word := getattr(error, "override", None), str):
        return unreadable(word.removeprefix("++"))
    name, text = unknown_variable(error), said(error)
    if name.split(".")[0] == "scenes" and command != "evaluate":
        return f"scenes: images with boxes are for netkit evaluate, not for netkit {command}"
    if name:
        return no_variable(name, command, composed, words)
    if group := CHOICES.search(text):
        if group[1].startswith("hydra/launcher/"):
            return f"{group[1]}: there is no such launcher here: pip install 'netkit[sweep]'"
        return no_choice(command, composed, group[1].split("/")[-1], group[2], group[3].split())
    if several := re.search(r"Ambiguous value for argument '(([\w@./]+)=(.*?))' ", text):
        word, name, values = several.groups()
        alone = values.split(",")[0]
        others = "" if name in GROUPS else f", or {name}=[{values}] for a list"
        return (
            f"{word}: several values: write --multirun for a run with each, "
            f"{name}={alone} for one{others}"
        )
    if lost := re.search(r"Could not delete from config\. '([^']+)' does not exist", text):
        hint = hint_in(lost[1], whole(command, composed)) or f"{listed(command)}"
        return f"~{lost[1]}: there is no {lost[1]} to take away: {hint}"
    if absent := re.search(r"Interpolation key '([^']+)' not found", text):
        return no_reference(absent[1], command, composed, words)
    if absent := re.search(r"Environment variable '([^']+)' not found", text):
        return (
            f"${{oc.env:{absent[1]}}}: the environment has no variable {absent[1]}: set it, or "
            f"write ${{oc.env:{absent[1]},DEFAULT}}"
        )
    return of_a_word(text, command) or without_places(text) or type(error).__name__


def of_a_word(text: str, command: str) -> str:
    """Return what to say of a word that fits nowhere; "" where the text tells of none."""
    if group := re.search(r"Override ([^@\s]+)@\S*?=(\S*) looks like a config group", text):
        return f"{group[1]}: no choice of a part, and @ is for those: write {group[1]}={group[2]}"
    if kept := re.search(r"The value of '([^']+)' is (.*) and not (.*)\.", text):
        name, value, given = kept.groups()
        return f"~{name}={given}: its value is {value}: write ~{name} to take it away"
    if wrong := re.search(r"Error merging override (\S+)", text):
        return f"{wrong[1]}: no such value can stand there: {listed(command)}"
    if re.search("(?i)interpolation", text):
        key = re.search(r"full_key: (\S+)", text)
        where = f"{key[1]}: its ${{...}}" if key else "${...}:"
        return (
            f"{where} cannot be replaced by a value: write the value, or ${{NAME}} of one that is"
        )
    return ""


def without_places(text: str) -> str:
    """Return what Hydra said without where in its own code, and in its pages, that stands."""
    text = re.sub(r" ?(full_key|object_type|reference_type)[:=] ?\S*", "", text)
    return re.sub(r" ?(See|at) https?://\S+( for details)?", "", text)


def no_variable(
    name: str, command: str, composed: Callable[..., Any], words: Iterable[str] = ()
) -> str:
    """Return what to say of a variable that a command with some words has not."""
    if choices := owners(name)[1]:
        return f"{name}: there is no such variable: use {choices}"
    chosen = [word for word in words if word.partition("=")[0] in GROUPS]
    known = whole(command, composed, chosen) or whole(command, composed)
    values = [word.partition("=") for word in words]
    value = next((v for n, _, v in values if n.lstrip("+~") == name), None)
    if answer := answer_to(name, value, {*map(str, known), *GROUPS, "hydra"}):
        return f"{name}: {answer}"
    if "@" in name:
        return f"{name}: a group is chosen by its name alone: write {name.split('@')[0]}=CHOICE"
    hint = hint_in(name, known)
    if not hint and (others := [other for other in COMMANDS if brings_to(other, name)]):
        hint = f"it is for netkit {' and netkit '.join(others)}"
    return f"{name}: there is no such variable: {hint or listed(command)}"


def no_choice(
    command: str, composed: Callable[..., Any], choice: str, kind: str, known: list[str]
) -> str:
    """Return what to say of a choice that a group has not."""
    names = ", ".join(known)
    if kind == "data" and choice != "boxes" and composes(composed, "evaluate", f"scenes={choice}"):
        boxes = "; data=boxes trains on pictures with boxes" if command == "train" else ""
        return (
            f"data={choice}: these are scenes with boxes, for netkit evaluate; "
            f"netkit {command} takes data={names}{boxes}"
        )
    if kind == "scenes" and composes(composed, "train", f"data={choice}"):
        return (
            f"scenes={choice}: has no boxes: data={choice} measures a classifier; "
            f"there are scenes={names}"
        )
    return unknown_choice(kind, choice, known)


def no_reference(
    name: str, command: str, composed: Callable[..., Any], words: Iterable[str]
) -> str:
    """Return what to say of ${name} where there is no such variable."""
    where = next((word for word in words if f"${{{name}" in word), f"${{{name}}}")
    hint = hint_in(name, whole(command, composed)) or listed(command)
    return f"{where}: there is no variable {name} to take the value of: {hint}"


def listed(command: str) -> str:
    """Return where a command's variables are listed."""
    return f"netkit {command or 'train'} --help lists all"


def whole(command: str, composed: Callable[..., Any], words: Iterable[str] = ()) -> Any:
    """Return a command's configuration with some words; {} where it cannot be composed."""
    try:
        return composed(command, list(words))
    except Exception:  # a hint is not worth an error
        return {}


def brings_to(command: str, name: str) -> bool:
    """Return whether a variable stands in the file of a command."""
    path = files("netkit.conf") / f"{command}.yaml"
    return bool(re.search(rf"^{re.escape(name)}:", path.read_text(encoding="utf-8"), re.M))


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

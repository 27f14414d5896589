"""Words that have not the form NAME=VALUE: what is wrong with each, said before Hydra reads it."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from netkit.errors import NetkitError
from netkit.words.groups import GROUPS, choices_of
from netkit.words.near import nearest
from netkit.words.synonyms import VARIABLES

FLAGS = {  # of Hydra's, which has the words after a command's name: what may stand behind each
    **dict.fromkeys(("--help", "-h", "--resolve", "--run", "-r", "--multirun", "-m"), ""),
    **dict.fromkeys(("--config-dir", "-cd", "--config-name", "-cn", "--config-path", "-cp"), "DIR"),
    **dict.fromkeys(("--cfg", "-c"), "job|hydra|all"),
    **dict.fromkeys(("--package", "-p"), "PACKAGE"),
    **dict.fromkeys(("--info", "-i"), "all|config|defaults|defaults-tree|plugins|searchpath"),
}
OPTIONAL = "--info", "-i"  # what may stand behind them need not
PICTURE = re.compile(r"(?i)\.(png|jpe?g|gif|bmp|tiff?|webp|ppm|pgm|mp4|avi|mov|mkv|webm)$")
WEIGHTS = re.compile(r"(?i)\.(safetensors|npz|mat|onnx|pt|pth|h5)$")


def refuse_odd_forms(command: str, words: Iterable[str]) -> None:
    """Raise NetkitError for a word that is neither NAME=VALUE nor a flag that a command has."""
    words = list(words)
    refuse_spaces(words)
    skip = False
    for k, word in enumerate(words):
        if skip:
            skip = False
        elif word.startswith("-"):
            skip = refuse_flag(command, word, words[k + 1] if k + 1 < len(words) else None)
        elif "=" not in word and not re.match(r"~[A-Za-z_]", word):
            raise NetkitError(no_setting(command, word))


def refuse_spaces(words: list[str]) -> None:
    """Raise NetkitError for spaces around a `=`, which make three words of one."""
    for k, word in enumerate(words):
        before = words[k - 1] if k else ""
        name = before if before and "=" not in before and before[:1] != "-" else ""
        after = words[k + 1] if k + 1 < len(words) else ""
        if word == "=":
            raise NetkitError(
                f"{name} = {after}: no spaces around =: write {name or 'NAME'}={after or 'VALUE'}"
            )
        if word.startswith("="):
            written = f"{name or 'NAME'}{word}"
            raise NetkitError(f"{word}: a name is missing before it: write {written}")


def refuse_flag(command: str, word: str, after: str | None) -> bool:
    """Raise NetkitError for a flag that a command has not; return whether the next word is its."""
    flag, sign, value = word.partition("=")
    if flag not in FLAGS:
        raise NetkitError(no_flag(command, flag, value if sign else after))
    takes = FLAGS[flag]
    if not takes:
        return False
    given = value if sign else after
    missing = given is None or given.startswith("-") or ("=" in given and not sign)
    if missing and flag in OPTIONAL:
        return False
    if missing or ("|" in takes and given not in takes.split("|")):
        said = f"{flag} {given}" if given is not None and not missing else flag
        first = takes.split("|")[0]
        others = f"; there are {', '.join(takes.split('|'))}" if "|" in takes else ""
        raise NetkitError(f"{said}: write {flag} {first}{others}")
    return not sign


def no_flag(command: str, flag: str, value: str | None) -> str:
    """Return what to say of --epochs 3, which is iterations=3 in netkit."""
    name = flag.lstrip("-").replace("-", "_")
    ours = VARIABLES.get(name, (name,))[0]
    if value is None or value.startswith("-") or "=" in value:
        value = "VALUE"
    if flag in ("--debug", "--version", "-p"):
        return f"{flag}: stands before the command: netkit {flag} {command}"
    if name.startswith("help"):
        return f"{flag}: write netkit {command} --help, or netkit {command} --help GROUP"
    return (
        f"{flag}: netkit {command} has no such flag: settings are words without dashes: "
        f"write {ours}={value}"
    )


def no_setting(command: str, word: str) -> str:
    """Return what to say of a bare word: which NAME=VALUE it may stand for."""
    name = meant(command, word)
    if name:
        return f"{word}: is no setting: write {name}"
    return f"{word}: is no setting: write NAME=VALUE; netkit {command} --help lists the names"


def meant(command: str, word: str) -> str:
    """Return the NAME=VALUE that a bare word may stand for; "" if it could be anything."""
    looks = command in ("detect", "classify", "evaluate", "play", "explain")
    if WEIGHTS.search(word) or (Path(word) / "last.safetensors").is_file():
        return f"weights={word}"
    if command in ("detect", "classify", "explain") and (
        PICTURE.search(word) or os.path.exists(word)
    ):
        return f"input={word}"
    if word.endswith((".yaml", ".yml")) and not looks:
        return f"arch={word}"
    if os.path.isdir(word):
        return f"data=folder root={word}" if command in ("train", "audit") else f"weights={word}"
    for group in ("arch", "recipe", "data", *GROUPS):
        if word in choices_of(group) and not (looks and group == "arch"):
            return f"{group}={word}"
    if word in VARIABLES or word in GROUPS:
        return f"{VARIABLES.get(word, (word,))[0]}=VALUE"
    near = [f"{g}={c}" for g in ("arch", "data") if (c := nearest(word, choices_of(g), 0.75))]
    return near[0] if near and not looks else ""


def unreadable(word: str) -> str:
    """Return what is wrong with a word that Hydra's grammar cannot read, and what to type."""
    name, _, value = word.partition("=")
    if value.endswith(",") or ",," in value:
        return f"{word}: a value is missing at a comma: write it, or leave the comma out"
    for opened, closed in ("[]", "{}", "()"):
        if value.startswith(opened) and value.count(opened) > value.count(closed):
            return f"{word}: {opened} is never closed: end it with {closed}"
    if value.count("'") % 2 or value.count('"') % 2:
        return f"{word}: a quote is never closed: write it at both ends, or not at all"
    return f"{word}: cannot be read: put the value in quotes: '{name}=\"{value}\"'"

"""A choice by path, arch=./mine.yaml: a file of the user as one of a group."""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netkit.errors import NetkitError
from netkit.files.documents import read_text
from netkit.words.groups import GROUPS, choices_of
from netkit.words.near import hint


@contextmanager
def own_files(words: list[str]) -> Iterator[tuple[list[str], dict[str, str], str | None]]:
    """Give (words, {word: as it was typed}, folder) in which each choice by path is one by name.

    The folder holds copies of the files, GROUP/NAME.yaml, as Hydra looks for them; None if there
    is no such choice. It lasts as long as this. Raises NetkitError for a file that is not there.
    """
    by_path = [word for word in words if choice_by_path(word)]
    if not by_path:
        yield words, {}, None
        return
    with tempfile.TemporaryDirectory(prefix="netkit-") as folder:
        spelled = {named(word, Path(folder)): word for word in by_path}
        names = {word: name for name, word in spelled.items()}
        yield [names.get(word, word) for word in words], spelled, folder


def choice_by_path(word: str) -> bool:
    """Return whether a word chooses files of a group: arch=mine.yaml, arch=nets/mine."""
    group, _, value = word.lstrip("+").partition("=")
    if group not in GROUPS or not value or re.match(r"['\"\[{$]", value):
        return False
    return any(is_path(each) for each in value.split(","))


def is_path(choice: str) -> bool:
    """Return whether a choice is the path of a file."""
    return choice.endswith((".yaml", ".yml")) or (
        Path(f"{choice}.yaml").is_file() and "/" in choice
    )


def named(word: str, folder: Path) -> str:
    """Return a word whose choices by path are by name; the files are copied into `folder`."""
    plus = word[: len(word) - len(word.lstrip("+"))]
    group, _, value = word.lstrip("+").partition("=")
    choices = [taken(group, each, folder) if is_path(each) else each for each in value.split(",")]
    return f"{plus}{group}={','.join(choices)}"


def taken(group: str, choice: str, folder: Path) -> str:
    """Copy the file of a choice into `folder`; return the name that it has there."""
    path = Path(choice if choice.endswith((".yaml", ".yml")) else f"{choice}.yaml").expanduser()
    if not path.is_file():
        near = hint(path.stem, choices_of(group)) or f"netkit has {', '.join(choices_of(group))}"
        raise NetkitError(f"{group}={choice}: there is no such file; of netkit's own, {near}")
    name = re.sub(r"\W", "_", path.stem)
    while name in choices_of(group) or (folder / group / f"{name}.yaml").exists():
        name += "_"  # Hydra would take netkit's own, or the other file
    text = read_text(path, f"{group}={choice}")
    (folder / group).mkdir(exist_ok=True)
    (folder / group / f"{name}.yaml").write_text(text, encoding="utf-8")
    return name

"""YOLO's data.yaml: the names of the classes, and where the pictures of each part are."""

import os
from pathlib import Path
from typing import Any

from netkit.annotations.findings import Findings
from netkit.annotations.layout import ENDINGS, PARTS, Tree
from netkit.errors import NetkitError, shown
from netkit.files.documents import read_text

MOST_CLASSES = 100_000
LONGEST = 4096  # letters of a path


def names_of(names: Any, count: Any, yaml: Path) -> list[str]:
    """Return the names that a data.yaml gives as a list, or as {number: name}."""
    if isinstance(names, dict):
        if not all(isinstance(k, int) and 0 <= k < MOST_CLASSES for k in names):
            raise NetkitError(f"{yaml}: names: its keys are the numbers of classes, from 0")
        names = [names.get(k, str(k)) for k in range(max(names, default=-1) + 1)]
    if not isinstance(names, list) or len(names) > MOST_CLASSES:
        raise NetkitError(f"{yaml}: names: give a list of the classes' names")
    if not all(isinstance(name, (str, int, float, bool)) for name in names):
        raise NetkitError(f"{yaml}: names: each is a word, as in names: [cat, dog]")
    if isinstance(count, int) and count != len(names):
        raise NetkitError(f"{yaml}: nc={count}, and it names {len(names)} classes: correct one")
    return [str(name) for name in names]


def named_pictures(
    yaml: Path, values: dict[str, Any], tree: Tree, findings: Findings
) -> dict[str, list[Path]]:
    """Return the pictures of the parts that a data.yaml names."""
    bases = bases_of(yaml, values.get("path"), outside=yaml == tree.asked)
    found: dict[str, list[Path]] = {}
    for part in PARTS:
        entries = values.get(part)
        for entry in entries if isinstance(entries, list) else [entries] if entries else []:
            if not isinstance(entry, str):
                raise NetkitError(
                    f"{yaml}: {part}={shown(entry)}: name a folder or a list of pictures"
                )
            place = placed(entry, bases)
            if place is None and part == "test":
                findings.add("no_test", f"{entry} in {yaml}")
            elif place is None:
                raise NetkitError(
                    f"{yaml}: {part}={shown(entry)}: there is no such folder or list in "
                    f"{bases[0]}: correct it"
                )
            elif place.is_dir():
                found.setdefault(part, []).extend(Tree(place).pictures)
            elif place.suffix.lower() == ".txt":
                found.setdefault(part, []).extend(listed(place, [place.parent, *bases]))
            else:
                found.setdefault(part, []).append(place)
    return {part: list(dict.fromkeys(paths)) for part, paths in found.items()}


def bases_of(yaml: Path, path: Any, outside: bool) -> list[Path]:
    """Return the folders that a data.yaml's paths begin in: its `path`, and its own.

    outside: `path` may lie outside of the file's own folder, because the user named the file.
    """
    here = yaml.parent
    if not isinstance(path, str) or not path or "\0" in path or len(path) > LONGEST:
        return [here]
    tried = [here / path, here / Path(path).name]
    allowed = [p for p in tried if os.path.isdir(p) and (outside or within(p, here))]
    return [*dict.fromkeys([*allowed[:1], here])]


def within(path: Path, folder: Path) -> bool:
    """Return whether a path is in a folder once its dots are worked out."""
    return Path(os.path.abspath(path)).is_relative_to(os.path.abspath(folder))


def placed(entry: str, bases: list[Path]) -> Path | None:
    """Return the file or folder in one of `bases` that a path means; None if there is none.

    A path that begins with ../ and is not there is taken without it: Roboflow writes such ones.
    """
    if "\0" in entry:
        return None
    for base in bases:
        for name in (entry, entry[3:] if entry.startswith("../") else ""):
            path = base / name
            if name and len(name) < LONGEST and within(path, base) and os.path.lexists(path):
                return Path(os.path.normpath(path))
    return None


def listed(path: Path, bases: list[Path]) -> list[Path]:
    """Return the pictures that a list names, a path a line; where there is none, as it stands."""
    found = []
    for line in read_text(path, str(path)).lstrip("\ufeff").split("\n"):
        if name := line.strip():
            place = placed(name, bases) or placed(name.partition("/")[2], bases)
            if place is None and not (within(bases[0] / name, bases[0]) and "\0" not in name):
                raise NetkitError(
                    f"{path}: {shown(name)}: leads out of {bases[0]}: name files in it"
                )
            found.append(place or bases[0] / name)
    return [p for p in found if p.suffix.lower() in ENDINGS]

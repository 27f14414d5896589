"""The folders of runs, outputs/DATE/TIME: found, by their names, and a file of the last one."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import yaml

from netkit.errors import NetkitError

RUNS = Path("outputs")
LAST = "last.safetensors"  # what makes a folder one of a run
CONFIG = "config.yaml"
LATEST = "latest"  # the word for the run that was begun last


def run_folders(root: Path = RUNS) -> Iterator[Path]:
    """Yield the folders of runs in a folder, however deep; the folder itself if it is one."""
    for place, inside, names in os.walk(root):
        if LAST in names:
            inside.clear()  # what a run keeps beside its weights is no run
            yield Path(place)
        inside[:] = sorted(name for name in inside if not name.startswith("."))


def began(run: Path) -> float:
    """Return when a run was begun, or taken up again, in seconds since 1970."""
    kept = run / CONFIG  # written when a run begins; one of before that has its weights
    return (kept if kept.is_file() else run / LAST).stat().st_mtime


def name_of(run: Path) -> str | None:
    """Return the name that a run was given, name=NAME; None without one."""
    try:
        text = (run / CONFIG).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    line = re.search(r"^name: .*$", text, re.M)
    try:
        name = yaml.safe_load(line[0])["name"] if line else None
    except yaml.YAMLError:
        return None
    return name if isinstance(name, str) else None


def run_called(word: str) -> Path | None:
    """Return the folder of the run under `outputs` that a word names, the latest of several.

    word: `latest`, or the name of a run.  None if no run has that name, or the word is a path.
    """
    if not word or Path(word).name != word:
        return None
    runs = [run for run in run_folders() if word == LATEST or name_of(run) == word]
    return max(runs, key=began, default=None)


def run_folder(word: str | Path) -> Path:
    """Return a folder as it is, or that of the run which a word names; see `run_called`."""
    path = Path(word)
    return path if path.is_dir() else run_called(str(word)) or path


def in_last_run(path: Path) -> Path:
    """Return a path, or where the last run that wrote a file of that name has it.

    Only a name alone is looked for, and only if no file here has it. `latest`, or the name of a
    run, is its best weights.  Raises NetkitError if there are runs, and none has it.
    """
    if path.name != str(path) or path.exists():
        return path
    if not path.suffix and (run := run_called(str(path))):
        return run / "best.safetensors"
    if str(path) == LATEST:
        raise NetkitError(f"weights={LATEST}: no run under {RUNS} here: name its folder or file")
    runs = sorted(RUNS.glob("*/*"), key=lambda run: (run.parent.name, run.name))
    having = [run / path.name for run in runs if (run / path.name).is_file()]
    if having:
        return having[-1]
    others = [other for run in runs for other in sorted(run.glob(f"*{path.suffix or '.?'}"))]
    if path.suffix and others:
        raise NetkitError(
            f"weights {path}: there is no such file here, and none in a run under {RUNS}: "
            f"the last one has {others[-1].name}: weights={others[-1].name}"
        )
    return path


def remove_unused(folder: Path) -> None:
    """Remove the folder of a run that made nothing but a log, and those over it if empty then."""
    if folder.is_dir() and all(path.suffix == ".log" for path in folder.iterdir()):
        shutil.rmtree(folder)
        for above in list(folder.parents)[:2]:  # outputs/DATE
            if above != Path.cwd() and not any(above.iterdir()):
                above.rmdir()

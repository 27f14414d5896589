"""The folders of runs, outputs/DATE/TIME: a file of the last one by its name alone."""

import shutil
from pathlib import Path

from netkit.errors import NetkitError

RUNS = Path("outputs")


def in_last_run(path: Path) -> Path:
    """Return a path, or where the last run that wrote a file of that name has it.

    Only a name alone is looked for, and only if no file here has it.  Raises NetkitError if there
    are runs, and none has it.
    """
    if path.name != str(path) or path.exists():
        return path
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

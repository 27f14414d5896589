"""What a plugin's classes must be, so that a wrong one is named where it is imported or made."""

import inspect
import pkgutil
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from netkit.errors import NetkitError, shown

CONTRACTS = {
    "layer": "netkit.layer:Layer",
    "dataset": "netkit.dataset:Dataset",
    "scenes": "netkit.scenes:Scenes",
    "energy": "netkit.energy:Energy",
    "optimizer": "netkit.optimizer:Optimizer",
    "visualizer": "netkit.visualizer:Visualizer",
    "backend": "netkit.backends.base:Backend",
    "communicator": "netkit.communicator:Communicator",
    "weights": "netkit.weights:WeightsFile",
}


def imported(path: str, what: str, plugin: str) -> Any:
    """Return what "module:Class" stands for; NetkitError, whatever its module raises."""
    try:
        return pkgutil.resolve_name(path)
    except Exception as error:  # a stranger's module: a syntax error, a missing dependency, ...
        usual = isinstance(error, (ImportError, AttributeError))
        reason = str(error) if usual else f"{type(error).__name__}: {error}"
        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        own = missing and path.startswith(missing)
        remedy = f": install {missing}, which it needs" if missing and not own else ""
        raise NetkitError(
            f"{what} of plugin '{plugin}' does not import: {' '.join(reason.split())}{remedy}"
        ) from error


def refuse_class(kind: str, cls: Any, what: str, plugin: str) -> None:
    """Raise NetkitError if what a plugin gives as a class of a kind makes no objects."""
    if kind in CONTRACTS and not callable(cls):
        raise NetkitError(
            f"{what} of plugin '{plugin}' is {shown(cls)}: it has to be a class, a {words(kind)}"
        )


def refuse_object(kind: str, made: Any, what: str) -> None:
    """Raise NetkitError if what a class of a kind made is no such thing."""
    if kind in CONTRACTS and not isinstance(made, pkgutil.resolve_name(CONTRACTS[kind])):
        raise NetkitError(
            f"{what} makes {shown(made)}: its plugin is at fault, it has to be a {words(kind)}"
        )


def words(kind: str) -> str:
    """Return the contract of a kind as an author writes it: netkit.Layer."""
    return f"netkit.{CONTRACTS[kind].partition(':')[2]}"


@contextmanager
def blaming(what: str, made: Any) -> Iterator[None]:
    """Let a bug of a plugin's class end as one line; see `bug_in`."""
    try:
        yield
    except Exception as error:
        if bug := bug_in(what, made, error):
            raise bug from error
        raise


def bug_in(what: str, made: Any, error: Exception) -> NetkitError | None:
    """Return a bug of a plugin's class as one line: which file and line, and what Python said.

    what: what to call it.  made: the class, or an object of it.  None for what is no bug of a
    plugin: netkit's own errors and classes, and memory that is not there.
    """
    cls = made if inspect.isclass(made) else type(made)
    if isinstance(error, (NetkitError, MemoryError)) or cls.__module__.split(".")[0] == "netkit":
        return None
    try:
        file = inspect.getsourcefile(cls)
    except (OSError, TypeError):  # typed into a notebook, or compiled
        file = None
    frames = traceback.extract_tb(error.__traceback__)
    place = ([frame for frame in frames if frame.filename == file] or list(frames))[-1]
    said = " ".join(f"{type(error).__name__}: {error}".split())
    return NetkitError(
        f"{what}: {place.filename}, line {place.lineno}, in {place.name}: {said}: a bug of its "
        "plugin; netkit --debug COMMAND shows the whole way to it"
    )

"""A plugin in one file, plugins=./mylayer.py: no package, nothing to install."""

import importlib.util
import inspect
import os
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

from netkit.contracts import CONTRACTS
from netkit.errors import NetkitError
from netkit.hookspecs import hookimpl

FILES = "NETKIT_PLUGIN_FILES"  # the environment variable that keeps them, for processes begun here
LOADED: dict[Path, ModuleType] = {}  # once in a process: classes of two loads would be strangers
HOOKS_OF = {"energy": "energies", "weights": "weights"}  # others have an s


class FilePoint:
    """A file as the entry point of a plugin, whose name is that of the file."""

    dist = None

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.stem
        self.value = str(path)

    def load(self) -> ModuleType:
        """Run the file once and return its module, with hooks; NetkitError, whatever it raises."""
        if self.path not in LOADED:
            LOADED[self.path] = self.run()
        return LOADED[self.path]

    def run(self) -> ModuleType:
        """Run the file; give it hooks for the classes in it if it has none of its own."""
        spec = importlib.util.spec_from_file_location(self.name, self.path)
        if spec is None or spec.loader is None:
            raise NetkitError(f"plugins={self.path}: is no file of Python: name a .py file")
        module = importlib.util.module_from_spec(spec)
        before = sys.modules.get(self.name)
        sys.modules[self.name] = module  # dataclasses and pickle look for it there
        try:
            spec.loader.exec_module(module)
        except BaseException as error:  # whatever a stranger's module raises, even an exit
            sys.modules.pop(self.name)
            if before is not None:
                sys.modules[self.name] = before
            raise NetkitError(self.fault(error)) from error
        if not any(name.startswith("netkit_") for name in vars(module)):
            self.add_hooks(module)
        return module

    def fault(self, error: BaseException) -> str:
        """Return what is wrong with the file, and in which line."""
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(self.path)]
        line = error.lineno if isinstance(error, SyntaxError) else next(reversed(lines), None)
        said = error.msg if isinstance(error, SyntaxError) else str(error)
        where = f", line {line}" if line else ""
        text = " ".join(f"{type(error).__name__}: {said}".split())
        return f"plugins={self.path}{where}: {text}: correct the file"

    def add_hooks(self, module: ModuleType) -> None:
        """Let a module without hooks bring its classes: class MyScale becomes `my_scale`."""
        found: dict[str, dict[str, Any]] = {}
        for name, cls in vars(module).items():
            if inspect.isclass(cls) and cls.__module__ == module.__name__:
                for kind in CONTRACTS:
                    if issubclass(cls, pkgutil.resolve_name(CONTRACTS[kind])):
                        found.setdefault(kind, {})[snake(name)] = cls
        if not found:
            raise NetkitError(
                f"plugins={self.path}: brings nothing: write a class in it, of netkit.Layer say, "
                "or a hook"
            )
        for kind, classes in found.items():
            hook = f"netkit_{HOOKS_OF.get(kind, kind.removesuffix('s') + 's')}"
            setattr(module, hook, hookimpl(returning(classes, hook)))


def returning(classes: dict[str, Any], name: str) -> Any:
    """Return a function without arguments that returns some classes."""

    def hook() -> dict[str, Any]:
        return classes

    hook.__name__ = name
    return hook


def snake(name: str) -> str:
    """Return a class's name as YAML writes it: MyScale2D is my_scale2d."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", name).lower()


def take_files(words: Iterable[str]) -> list[str]:
    """Take the words plugins=FILE[,FILE...] out of others, and load those files from now on.

    Raises NetkitError for a file that is not there.
    """
    left = []
    for word in words:
        if not word.startswith("plugins="):
            left.append(word)
            continue
        for name in word.removeprefix("plugins=").strip("'\"[]").split(","):
            path = Path(name.strip()).expanduser()
            if not path.is_file():
                raise NetkitError(f"plugins={name}: there is no such file: name a .py file")
            known = os.environ.get(FILES, "").split(os.pathsep)
            if str(path.resolve()) not in known:
                os.environ[FILES] = os.pathsep.join([*filter(None, known), str(path.resolve())])
    return left


def file_points() -> list[EntryPoint]:
    """Return the entry points of the files that were named."""
    paths = filter(None, os.environ.get(FILES, "").split(os.pathsep))
    return [FilePoint(Path(path)) for path in paths]  # type: ignore[misc]

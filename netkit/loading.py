"""Loading: each installed plugin alone, and what it brings, so that one cannot harm the others."""

import time
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint
from typing import Any

import pluggy

from netkit import hookspecs
from netkit.errors import NetkitError, shown
from netkit.installed import Package, installed, is_ours, package_of, place, refuse_newer
from netkit.plugin_files import FilePoint, file_points

KINDS = {
    "layer": "layers",
    "dataset": "datasets",
    "scenes": "scenes",
    "energy": "energies",
    "optimizer": "optimizers",
    "visualizer": "visualizers",
    "backend": "backends",
    "communicator": "communicators",
    "weights": "weights",
    "command": "commands",
    "config_file": "config_files",
}


class Plugins:
    """The plugins found, what each brings, and the errors of those that did not load.

    found: {kind: {name: {plugin: class or "module:Class"}}}.  broken: {plugin: exception}.
    packages: {plugin: what pip installed it from}.  seconds: {plugin: how long it took to load}.
    own: the names of netkit's own plugins.  short_help: {name of a command: its line in
    `netkit --help`}.
    `points` are the entry points to load; those that are installed and not left out if not given.
    """

    def __init__(self, points: Iterable[EntryPoint] | None = None) -> None:
        self.found: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
        self.broken: dict[str, BaseException] = {}
        self.packages: dict[str, Package] = {}
        self.seconds: dict[str, float] = {}
        self.own: set[str] = set()
        self.configs: list[tuple[str, str]] = []
        self.short_help: dict[str, str] = {}
        self.plugins = pluggy.PluginManager("netkit")
        self.plugins.add_hookspecs(hookspecs)
        found = [*installed(), *file_points()] if points is None else points
        # Ours come first, so that no other plugin can take their names; and always in one order.
        for point in sorted(found, key=place):
            self.load(point)
        if points is None and "netkit" not in self.names():
            raise NetkitError(
                "netkit is not installed here, so it cannot find its own plugins: pip install -e ."
            )

    def load(self, point: EntryPoint) -> None:
        """Register one plugin, alone: in pluggy's own loader, one that fails stops all others."""
        registered = False
        began = time.perf_counter()
        try:
            plugin = point.load()
            refuse_newer(plugin)
            self.refuse_second(point)
            self.plugins.register(plugin, name=point.name)
            registered = True
            self.plugins.check_pending()
            brought = {kind: self.brought(point.name, hook) for kind, hook in KINDS.items()}
            commands = brought["command"]
            brought["command"] = {name: command for name, (_, command) in commands.items()}
            configs = [(point.name, path) for path in self.paths(point.name)]
        except BaseException as error:  # whatever a stranger's module raises, even an exit
            self.broken[point.name] = error
            # A plugin that went in and failed afterwards goes out: a misspelt hook of its would
            # otherwise be found again, and be blamed on every plugin that is loaded after it.
            if registered:
                self.plugins.unregister(name=point.name)
            if isinstance(point, FilePoint):  # named by the user: nothing works as meant without it
                raise NetkitError(
                    str(error) if isinstance(error, NetkitError) else point.fault(error)
                ) from error
            return
        self.seconds[point.name] = time.perf_counter() - began
        self.packages[point.name] = package_of(point)
        if is_ours(point):
            self.own.add(point.name)
        for kind, classes in brought.items():
            for name, cls in classes.items():
                self.found[kind].setdefault(name, {})[point.name] = cls
        self.short_help |= {name: text for name, (text, _) in commands.items()}
        self.configs += configs

    def refuse_second(self, point: EntryPoint) -> None:
        """Raise ValueError if a plugin of this name is loaded already: the first one stays."""
        if point.name in self.names():
            raise ValueError(
                f"{package_of(point)} brings a plugin of this name, and so does "
                f"{self.packages[point.name]}, which stays: remove one of the two"
            )

    def brought(self, plugin: str, hook: str) -> dict[str, Any]:
        """Return the {name: class} that a plugin answers to a hook; TypeError if it is none."""
        answer = self.call(plugin, hook)
        if answer is None:
            return {}
        if not isinstance(answer, dict) or not all(isinstance(name, str) for name in answer):
            raise TypeError(f"netkit_{hook} returned {shown(answer)}: return {{name: class}}")
        return answer

    def paths(self, plugin: str) -> Sequence[str]:
        """Return where a plugin's YAML is; TypeError if it answers something else."""
        answer = self.call(plugin, "configs") or []
        if not isinstance(answer, (list, tuple)) or not all(
            isinstance(path, str) for path in answer
        ):
            raise TypeError(f"netkit_configs returned {shown(answer)}: return a list of texts")
        return answer

    def call(self, plugin: str, hook: str) -> Any:
        """Return what one plugin answers to a hook; None if it does not have it."""
        for impl in getattr(self.plugins.hook, f"netkit_{hook}").get_hookimpls():
            if impl.plugin_name == plugin:
                return impl.function()
        return None

    def names(self) -> list[str]:
        """Return the names of the plugins that loaded."""
        return [name for name, _ in self.plugins.list_name_plugin()]

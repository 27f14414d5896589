"""Registry: everything that plugins bring, by kind and name, loaded when it is first used."""

import difflib
import time
from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any

import pluggy

from netkit import hookspecs
from netkit.arguments import said, signature_of
from netkit.contracts import imported, refuse_class, refuse_object
from netkit.errors import NetkitError, shown
from netkit.installed import Package, installed, is_ours, package_of, place, refuse_newer
from netkit.limits import check_name, check_specs

if TYPE_CHECKING:
    from netkit.layer import Layer

KINDS = {
    "layer": "layers",
    "dataset": "datasets",
    "scenes": "scenes",
    "energy": "energies",
    "optimizer": "optimizers",
    "visualizer": "visualizers",
    "backend": "backends",
    "weights": "weights",
    "command": "commands",
    "config_file": "config_files",
}


class Registry:
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
        found = installed() if points is None else points
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

    def get(self, kind: str, name: str) -> Any:
        """Return the class that `name`, or "plugin:name", stands for.

        A name alone of which netkit has one itself is netkit's: a stranger's changes no arch.
        """
        plugin, _, short = str(name).rpartition(":")
        offers = self.found[kind].get(short, {})
        if plugin:
            offers = {plugin: offers[plugin]} if plugin in offers else {}
        elif own := {each: cls for each, cls in offers.items() if each in self.own}:
            offers = own
        if not offers:
            raise NetkitError(self.unknown(kind, name))
        if len(offers) > 1:
            full = " or ".join(f"{plugin}:{short}" for plugin in sorted(offers))
            raise NetkitError(
                f"{kind} '{name}' is provided by {', '.join(sorted(offers))}: write {full}"
            )
        ((plugin, cls),) = offers.items()
        what = f"{kind} '{name}'"
        if isinstance(cls, str):
            cls = self.found[kind][short][plugin] = imported(cls, what, plugin)
        refuse_class(kind, cls, what, plugin)
        return cls

    def unknown(self, kind: str, name: str) -> str:
        """Return what to say of a name that nobody brought: what is near, what there is."""
        known = sorted(self.found[kind])
        near = difflib.get_close_matches(str(name), known, 1)
        hint = f": did you mean {near[0]}?" if near else "."
        broken = "".join(
            f"; plugin '{p}' did not load ({type(e).__name__}: {e})" for p, e in self.broken.items()
        )
        return f"{kind} '{str(name)[:100]}' is not known{hint} There are {', '.join(known)}{broken}"

    def make(self, kind: str, spec: Any, where: str | None = None, **given: Any) -> Any:
        """Build the object that a mapping {type: name, argument: value, ...} describes.

        where: what to call it in an error.  given: arguments that do not stand in the mapping.
        """
        where = where or kind
        if not isinstance(spec, dict) or not spec.get("type"):
            raise NetkitError(f"{where}: {shown(spec)} is no {kind}: write {{type: NAME, ...}}")
        try:
            cls = self.get(kind, spec["type"])
        except NetkitError as error:
            raise NetkitError(f"{where}: {error}" if where != kind else str(error)) from error
        arguments = {key: value for key, value in spec.items() if key != "type"} | given
        try:
            signature_of(cls).bind(**arguments)
        except TypeError as error:
            raise NetkitError(
                f"{where}: {kind} '{spec['type']}': {error}; it takes {said(cls)}"
            ) from None
        try:
            made = cls(**arguments)
        except NetkitError as error:
            raise NetkitError(f"{where}: {error}" if where != kind else str(error)) from error
        refuse_object(kind, made, f"{where}: {kind} '{spec['type']}'")
        return made

    def inner(self, spec: dict[str, Any]) -> list[str]:
        """Return the arguments in a layer's spec that hold layers (Layer.inner)."""
        try:
            cls = self.get("layer", str(spec.get("type")))
        except NetkitError:
            return []  # `make` says what is wrong
        return [name for name in getattr(cls, "inner", ()) if name in spec]

    def layers(self, specs: Any, noutputs: int, prefix: str = "") -> "dict[str, Layer]":
        """Build {name: Layer} from {name: {type: ..., ...}}, inner layers too.

        `noutputs` as a value means the number of classes. A layer with `when: false` is left out.
        """
        if prefix and specs is None:
            return {}
        if not prefix or not isinstance(specs, dict):
            check_specs(specs, prefix.rstrip(".") or "arch.layers")
        made: dict[str, Any] = {}
        for name, spec in specs.items():
            name = check_name(name, prefix.rstrip(".") or "arch.layers")
            where = prefix + name
            if not isinstance(spec, dict):
                raise NetkitError(f"{where}: {shown(spec)} is no layer: write {{type: NAME, ...}}")
            spec = {key: noutputs if value == "noutputs" else value for key, value in spec.items()}
            if not spec.pop("when", True):
                continue
            for inner in self.inner(spec):
                spec[inner] = self.layers(spec[inner], noutputs, where + ".")
            made[name] = self.make("layer", spec, where)
            made[name].type_name = spec["type"]
        return made

"""Registry: everything that plugins bring, by kind and name, loaded when it is first used."""

import difflib
import inspect
import os
import pkgutil
from importlib.metadata import entry_points

import pluggy

from netkit import hookspecs
from netkit.errors import NetkitError

KINDS = {
    "layer": "layers",
    "dataset": "datasets",
    "energy": "energies",
    "optimizer": "optimizers",
    "visualizer": "visualizers",
    "backend": "backends",
}


class Registry:
    """The plugins found, what each brings, and the errors of those that did not load.

    found: {kind: {name: {plugin: class or "module:Class"}}}.  broken: {plugin: exception}.
    `points` are the entry points to load; those of the group "netkit" if not given.
    """

    def __init__(self, points=None):
        self.found, self.broken, self.configs = {kind: {} for kind in KINDS}, {}, []
        self.plugins = pluggy.PluginManager("netkit")
        self.plugins.add_hookspecs(hookspecs)
        for point in entry_points(group="netkit") if points is None else points:
            self.load(point)
        if points is None and "netkit" not in self.names():
            raise NetkitError(
                "netkit is not installed here, so it cannot find its own plugins: pip install -e ."
            )

    def load(self, point):
        """Register one plugin, alone: pluggy's own loader lets one broken plugin stop all the
        others.
        """
        try:
            plugin = point.load()
            self.plugins.register(plugin, name=point.name)
            self.plugins.check_pending()
            brought = {kind: self.call(point.name, hook) for kind, hook in KINDS.items()}
            configs = [(point.name, path) for path in self.call(point.name, "configs") or ()]
        except (
            Exception
        ) as error:  # the plugin door: whatever a stranger's module raises is theirs, and is kept
            if os.environ.get("NETKIT_STRICT"):
                raise
            self.broken[point.name] = error
            if (
                self.plugins.get_plugin(point.name) is not None
                and point.name not in self.names()[:-1]
            ):
                self.plugins.unregister(name=point.name)
            return
        for kind, classes in brought.items():
            for name, cls in (classes or {}).items():
                self.found[kind].setdefault(name, {})[point.name] = cls
        self.configs += configs

    def call(self, plugin, hook):
        """Return what one plugin answers to a hook; None if it does not have it."""
        for impl in getattr(self.plugins.hook, f"netkit_{hook}").get_hookimpls():
            if impl.plugin_name == plugin:
                return impl.function()
        return None

    def names(self):
        """Return the names of the plugins that loaded."""
        return [name for name, _ in self.plugins.list_name_plugin()]

    def get(self, kind, name):
        """Return the class that `name`, or "plugin:name", stands for."""
        plugin, _, short = str(name).rpartition(":")
        offers = self.found[kind].get(short, {})
        if plugin:
            offers = {plugin: offers[plugin]} if plugin in offers else {}
        if not offers:
            raise NetkitError(self.unknown(kind, name))
        if len(offers) > 1:
            full = " or ".join(f"{plugin}:{short}" for plugin in sorted(offers))
            raise NetkitError(
                f"{kind} '{name}' is provided by {', '.join(sorted(offers))}: write {full}"
            )
        ((plugin, cls),) = offers.items()
        if isinstance(cls, str):
            try:
                cls = pkgutil.resolve_name(cls)
            except (ImportError, AttributeError) as error:
                raise NetkitError(
                    f"{kind} '{name}' of plugin '{plugin}' does not import: {error}"
                ) from error
            self.found[kind][short][plugin] = cls
        return cls

    def unknown(self, kind, name):
        known = sorted(self.found[kind])
        near = difflib.get_close_matches(str(name), known, 1)
        hint = f": did you mean {near[0]}?" if near else "."
        broken = "".join(
            f"; plugin '{p}' did not load ({type(e).__name__}: {e})" for p, e in self.broken.items()
        )
        return f"{kind} '{name}' is not known{hint} There are {', '.join(known)}{broken}"

    def make(self, kind, spec, where=None, **given):
        """Build the object that a mapping {type: name, argument: value, ...} describes.

        where: what to call it in an error.  given: arguments that do not stand in the mapping.
        """
        where = where or kind
        if not isinstance(spec, dict) or not spec.get("type"):
            raise NetkitError(f"{where}: {spec!r} is no {kind}: write {{type: NAME, ...}}")
        try:
            cls = self.get(kind, spec["type"])
        except NetkitError as error:
            raise NetkitError(f"{where}: {error}" if where != kind else str(error)) from error
        arguments = {key: value for key, value in spec.items() if key != "type"} | given
        signature = signature_of(cls)
        try:
            signature.bind(**arguments)
        except TypeError as error:
            raise NetkitError(
                f"{where}: {kind} '{spec['type']}': {error}; it takes {signature}"
            ) from None
        try:
            return cls(**arguments)
        except NetkitError as error:
            raise NetkitError(f"{where}: {error}" if where != kind else str(error)) from error

    def layer_type(self, layer):
        """Return the name that a layer's YAML gave its type, or under which its class is
        registered.
        """
        if "yaml_type" in vars(layer):
            return layer.yaml_type
        for name, offers in self.found["layer"].items():
            if type(layer) in offers.values():
                return name
        return type(layer).__name__

    def layers(self, specs, noutputs, prefix=""):
        """Build {name: Layer} from {name: {type: ..., ...}}, inner layers too.

        `noutputs` as a value means the number of classes. A layer with `when: false` is left out.
        """
        made = {}
        for name, spec in (specs or {}).items():
            where = prefix + str(name)
            if not isinstance(spec, dict):
                raise NetkitError(f"{where}: {spec!r} is no layer: write {{type: NAME, ...}}")
            spec = {key: noutputs if value == "noutputs" else value for key, value in spec.items()}
            if not spec.pop("when", True):
                continue
            for inner in ("layers", "shortcut"):
                if inner in spec:
                    spec[inner] = self.layers(spec[inner], noutputs, where + ".")
            made[str(name)] = self.make("layer", spec, where)
            made[str(name)].yaml_type = spec["type"]
        return made


def signature_of(cls):
    """Return the arguments that a class takes; for a `**rest` that it hands on, those of its base
    class.
    """
    signature = inspect.signature(cls)
    *own, last = list(signature.parameters.values()) or [None]
    if last is None or last.kind is not last.VAR_KEYWORD or not inspect.isclass(cls):
        return signature
    base = signature_of(cls.__mro__[1]).parameters.values()
    names = {p.name for p in own}
    more = [p.replace(kind=p.KEYWORD_ONLY) for p in base if p.name not in names]
    return signature.replace(parameters=[*own, *more])

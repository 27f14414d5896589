"""netkit plugins: all that is registered, and which plugin brought it; or one entry, explained."""

import difflib
import functools
import inspect
import traceback
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from netkit.arguments import NOTHING, arguments_of, example_of
from netkit.commands.columns import table
from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.installed import SLOW, left_out
from netkit.loading import KINDS
from netkit.registry import Registry

PLACES = {  # where a line of YAML that names an entry of a kind stands
    "layer": ("in an arch's layers", "NAME: "),
    "dataset": ("as a run's data", "data: "),
    "scenes": ("as the scenes to measure a detector on", "scenes: "),
    "energy": ("as a run's energy", "energy: "),
    "optimizer": ("as a run's optimizer", "optimizer: "),
    "visualizer": ("among what a run shows", "show: {NAME: "),
    "backend": ("as a run's backend", "backend: "),
    "communicator": ("as what a run's processes talk through", "comm: "),
}


class Entry(NamedTuple):
    """What a plugin registered: its kind, its name, the plugin's name, and the class."""

    kind: str
    name: str
    plugin: str
    cls: Callable[..., Any]

    @property
    def source(self) -> Callable[..., Any]:
        """The class or function itself, where some of its arguments are already given."""
        cls = self.cls
        while isinstance(cls, functools.partial):
            cls = cls.func
        return cls

    def text(self) -> str:
        """Return its docstring, without indentation."""
        return inspect.getdoc(self.source) or "No description."

    def rows(self) -> list[tuple[str, str, str]]:
        """Return (argument, what it takes, default) for each argument that YAML may give."""
        return [
            (a.name, a.takes(), "must be given" if a.default is NOTHING else a.written())
            for a in arguments_of(self.cls)
        ]

    def line(self) -> str:
        """Return a line of YAML that makes it; empty for what YAML does not name."""
        if self.kind not in PLACES:
            return ""
        before = PLACES[self.kind][1]
        return before + example_of(self.cls, self.name) + "}" * before.count("{")


def plugins(name: str | None = None) -> str:
    """Return a table of all that is registered, or what there is to know of one name."""
    registry = Registry()
    if name is not None:
        return explained(registry, name)
    rows = [("kind", "name", "plugin")]
    for kind, names in registry.found.items():
        rows += [(kind, each, ", ".join(sorted(offers))) for each, offers in sorted(names.items())]
    return "\n".join([table(rows), *map(printable, remarks(registry))])


def remarks(registry: Registry) -> Iterator[str]:
    """Yield a line for each plugin that did not load, is slow, clashes or is left out."""
    for plugin, error in registry.broken.items():
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        yield f"plugin '{plugin}' did not load: {reason}"
    for plugin, seconds in registry.seconds.items():
        if seconds > SLOW:
            yield (
                f"plugin '{plugin}' takes {seconds:.1f} s to load, in every command: "
                'give its classes as "module:Class", which are imported when they are used'
            )
    for kind, names in registry.found.items():
        for name, offers in sorted(names.items()):
            others = sorted(offers.keys() - registry.own)
            if len(offers) > 1:
                alone = "netkit's" if offers.keys() & registry.own else "neither"
                full = ", ".join(f"{plugin}:{name}" for plugin in others)
                yield f"{kind} '{name}' comes from {len(offers)} plugins: alone it is {alone}, " + (
                    f"{full} by {'its' if len(others) == 1 else 'their'} full name"
                )
    for plugin in sorted(left_out()):
        yield f"plugin '{plugin}' is left out"


def explained(registry: Registry, name: str) -> str:
    """Return the help of every entry of a name, or the traceback of a plugin that did not load."""
    if name in registry.broken:
        error = registry.broken[name]
        lines = traceback.format_exception(error)
        return f"plugin '{name}' did not load:\n" + "".join(lines).rstrip()
    found = entries(registry, name)
    if not found:
        known = sorted({each for names in registry.found.values() for each in names})
        near = difflib.get_close_matches(name.rpartition(":")[2], known, 3)
        hint = (
            f"did you mean {', '.join(near)}?" if near else "`netkit plugins` lists what there is"
        )
        raise NetkitError(f"'{name}' is not registered: {hint}")
    return "\n\n".join(map(described, found))


def entries(registry: Registry, name: str) -> list[Entry]:
    """Return what is registered as `name` or "plugin:name", of every kind and by every plugin."""
    plugin, _, short = name.rpartition(":")
    return [
        Entry(kind, short, brought, registry.get(kind, f"{brought}:{short}"))
        for kind in KINDS
        for brought in sorted(registry.found[kind].get(short, {}))
        if plugin in ("", brought)
    ]


def described(entry: Entry) -> str:
    """Return the help of an entry: what it is, its arguments, and a line of YAML."""
    parts = [f"{entry.kind} {entry.name}, from {entry.plugin} ({entry.source.__module__})"]
    parts.append(entry.text())
    if entry.line():
        rows = entry.rows()
        parts.append(table([("argument", "takes", "default"), *rows]) if rows else "no arguments")
        parts.append(f"{PLACES[entry.kind][0]}:\n  {entry.line()}")
    return "\n\n".join(parts)

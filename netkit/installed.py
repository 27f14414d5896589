"""Installed plugins: their entry points, which are left out, and which package brought each."""

import os
from collections.abc import Iterable
from importlib.metadata import EntryPoint, entry_points
from typing import Any, NamedTuple

from netkit.errors import NetkitError, shown
from netkit.hookspecs import HOOKS

OURS = "netkit.plugins", "netkit.eblearn"  # the modules of netkit's own entry points
CHOICE = "NETKIT_PLUGINS"  # the environment variable that leaves plugins out: "no:acme no:other"
SLOW = 1.0  # seconds that a plugin may take to load: every command waits for it


class Package(NamedTuple):
    """What pip installed a plugin from; both are empty where nothing tells."""

    name: str
    version: str

    def __str__(self) -> str:
        return " ".join(filter(None, self)) or "an unknown package"


def installed() -> list[EntryPoint]:
    """Return the entry points of all plugins that are not left out."""
    found = list(entry_points(group="netkit"))
    names, out = {point.name for point in found}, left_out()
    for name in sorted(out - names):
        raise NetkitError(
            f"-p no:{name}: there is no plugin {name}: there are {', '.join(sorted(names))}"
        )
    return [point for point in found if point.name not in out]


def left_out() -> set[str]:
    """Return the names of the plugins that NETKIT_PLUGINS leaves out."""
    return {checked(word) for word in os.environ.get(CHOICE, "").replace(",", " ").split()}


def leave_out(words: Iterable[str]) -> None:
    """Leave plugins out of this process and of those that it starts; words: "no:NAME" each."""
    for word in words:
        checked(word)
        os.environ[CHOICE] = f"{os.environ.get(CHOICE, '')} {word}".strip()


def checked(word: str) -> str:
    """Return the name in "no:NAME"; NetkitError if a word is something else."""
    no, _, name = word.partition(":")
    if no != "no" or not name:
        raise NetkitError(f"-p {shown(word)}: write -p no:NAME to leave the plugin NAME out")
    if name == "netkit":
        raise NetkitError("-p no:netkit: netkit's own layers and data sets cannot be left out")
    return name


def is_ours(point: EntryPoint) -> bool:
    """Return whether an entry point is one of netkit's own."""
    return getattr(point, "value", "") in OURS


def place(point: EntryPoint) -> int:
    """Return where in the order of loading an entry point comes: ours as in OURS, then others."""
    return OURS.index(point.value) if is_ours(point) else len(OURS)


def package_of(point: EntryPoint) -> Package:
    """Return the package that an entry point was installed with."""
    dist = getattr(point, "dist", None)
    return Package(dist.name, dist.version) if dist else Package("", "")


def refuse_newer(plugin: Any) -> None:
    """Raise TypeError if a plugin says that it is written for hooks which this netkit has not."""
    asked = getattr(plugin, "NETKIT_HOOKS", HOOKS)
    if not isinstance(asked, int) or isinstance(asked, bool) or asked < 1:
        raise TypeError(f"NETKIT_HOOKS is {shown(asked)}: give the version of hooks, {HOOKS} today")
    if asked > HOOKS:
        raise TypeError(
            f"it is written for version {asked} of netkit's hooks, and this netkit has {HOOKS}: "
            "install a newer netkit, or an older release of the plugin"
        )

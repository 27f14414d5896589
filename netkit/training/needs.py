"""Needs: what of other people's plugins a trained net uses, kept in its file and checked there."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.installed import left_out
from netkit.registry import Registry

ANSWER = "layer", "energy"  # the kinds that a net needs to answer
RUN = (*ANSWER, "dataset", "optimizer")  # those that a run needs to go on
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,80}", re.ASCII)
VERSION = re.compile(r"[0-9][\w.!+-]{0,40}", re.ASCII)


def needs_of(registry: Registry, cfg: dict[str, Any]) -> list[dict[str, str]]:
    """Return {kind, name, plugin, package, version} of each entry that is a stranger's.

    cfg: a run's configuration.  package, version: what pip knows the plugin by; both may be empty.
    """
    found = {}
    for kind, name in used(registry, cfg):
        plugin, _, short = name.rpartition(":")
        offers = registry.found[kind].get(short, {}).keys()
        brought = {plugin} & offers if plugin else offers
        if brought and not brought & registry.own:
            whose = sorted(brought)[0]
            package, version = registry.packages[whose]
            need = {"kind": kind, "name": short, "plugin": whose}
            found[kind, name] = need | {"package": package, "version": version}
    return list(found.values())


def used(registry: Registry, cfg: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (kind, type) of the layers, the energy, the data set and the optimizer of a run."""
    for kind, key in (("energy", "energy"), ("dataset", "data"), ("optimizer", "optimizer")):
        if isinstance(cfg.get(key), dict) and "type" in cfg[key]:
            yield kind, str(cfg[key]["type"])
    for part in ("arch", "augment"):
        yield from types(registry, (cfg.get(part) or {}).get("layers"))


def types(registry: Registry, specs: Any) -> Iterator[tuple[str, str]]:
    """Yield ("layer", type) of layers, {name: {type: ..., ...}}, and of those inside them."""
    for spec in specs.values() if isinstance(specs, dict) else ():
        if isinstance(spec, dict):
            yield "layer", str(spec.get("type"))
            for inner in registry.inner(spec):
                yield from types(registry, spec[inner])


def refuse_missing(
    registry: Registry, meta: dict[str, Any], kinds: Iterable[str], where: str
) -> None:
    """Raise NetkitError if entries of some kinds are missing that a file says it needs.

    where: what to call the file. What it says is a stranger's word: only what looks like the name
    of a package is repeated, and that it is the file's.
    """
    for need in meta.get("plugins", ()):
        kind, name, plugin = need["kind"], need["name"], need["plugin"]
        if kind not in kinds or plugin in registry.found.get(kind, {}).get(name, {}):
            continue
        raise NetkitError(
            f"{where} needs {kind} {printable(name)} of plugin {printable(plugin)}, "
            f"{remedy(registry, need)}"
        )


def remedy(registry: Registry, need: dict[str, str]) -> str:
    """Return why an entry is missing, and what to do."""
    plugin, package, version = need["plugin"], need["package"], need["version"]
    if plugin in left_out():
        return "which is left out: leave -p no:NAME and NETKIT_PLUGINS away"
    if plugin in registry.broken:
        return f"which does not load here: `netkit plugins {printable(plugin)}` says why"
    if plugin in registry.packages:
        return f"whose {registry.packages[plugin]} here has none: {asked(package, version)}"
    if not package:
        file = f"{printable(plugin)}.py"
        return f"which is not here: name its file, plugins={file}, or install it"
    return f"which is not installed here: {asked(package, version)}"


def asked(package: str, version: str) -> str:
    """Return what to install."""
    if not NAME.fullmatch(package) or not VERSION.fullmatch(version):
        return "install it from where you have the file"
    return f"pip install {package}=={version}, if you trust who named it: the file says so"


def is_needs(value: Any) -> bool:
    """Return whether a value is what needs_of returns."""
    keys = {"kind", "name", "plugin", "package", "version"}
    return isinstance(value, list) and all(
        isinstance(need, dict)
        and need.keys() == keys
        and all(isinstance(text, str) for text in need.values())
        for need in value
    )

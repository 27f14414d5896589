"""EBLearn's arch, a chain of module names with parameters NAME_parameter, as netkit's layers."""

import re
from typing import Any

from netkit.arguments import signature_of
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.module_specs import MODULES, dims
from netkit.errors import NetkitError
from netkit.registry import Registry

DERIVED = {"in", "table_in", "features", "thickness"}  # parameters that follow from the net
OF_MERGE = {"out", "ins", "strides", "scales", "dim", "states"}  # and those of a merge


class ArchReader:
    """What was read of an arch: `layers`, and `notes` on what was not carried over.

    layers: {name: {type: ..., ...}}.  notes: {variable: why it is not carried over}.  thickness:
    the number of maps at the end of what was read, None where the file does not say it.
    """

    def __init__(self, conf: ConfFile, registry: Registry, thickness: int | None) -> None:
        self.conf = conf
        self.registry = registry
        self.thickness = thickness
        self.layers: dict[str, dict[str, Any]] = {}
        self.notes: dict[str, str] = {}

    def read(self, words: str) -> "ArchReader":
        """Add the modules of a comma list."""
        modules = [word.strip() for word in words.split(",") if word.strip()]
        while modules:
            module = modules.pop(0)
            kind = re.sub(r"\d+$", "", module)
            if kind == "ms":
                self.branch(module, modules)
            elif kind in MODULES:
                MODULES[kind](self, module)
            else:
                self.add(module, self.plain(module, kind))
            self.note_rest(module, kind)
        return self

    def parameter(self, module: str, name: str) -> str | None:
        """Return the value of MODULE_NAME, text; None if it is empty or not there."""
        return self.conf.get(f"{module}_{name}") or None

    def need(self, module: str, name: str) -> str:
        """Return the value of MODULE_NAME, text, which has to be there."""
        value = self.parameter(module, name)
        if value is None:
            raise NetkitError(
                f"{self.conf.path}: {module}_{name} is missing: {module} of arch needs it"
            )
        return value

    def maps(self, module: str, name: str, value: str) -> int | str:
        """Return a number of maps: a number, `thickness` or `noutputs`."""
        if value == "noutputs":
            return value
        if value == "thickness" and self.thickness:
            return self.thickness
        if not value.isdigit():
            raise NetkitError(
                f"{self.conf.path}: {module}_{name} = {value}: give a number of maps, or noutputs"
            )
        return int(value)

    def plain(self, module: str, kind: str) -> dict[str, Any]:
        """Return the spec of a module whose parameters have the names of its layer's arguments."""
        try:
            arguments = signature_of(self.registry.get("layer", kind)).parameters
        except NetkitError as error:
            raise NetkitError(f"{self.conf.path}: arch: {module}: {error}") from None
        spec: dict[str, Any] = {"type": kind}
        for name in arguments:
            value = self.parameter(module, name)
            if value is None and name == "mirror" and self.conf.get("mirror") == "1":
                value = "1"  # EBLearn's one setting for all of them
            if value is not None:
                spec[name] = value_of(value, arguments[name].default)
        return spec

    def add(self, module: str, spec: dict[str, Any]) -> None:
        """Add a layer under the module's name, or NAME_2, NAME_3, ... where that is taken."""
        name, k = module, 2
        while name in self.layers:
            name, k = f"{module}_{k}", k + 1
        if self.conf.get(f"{module}_shared") == "1" and name != module:
            raise NetkitError(
                f"{self.conf.path}: {module}_shared=1: netkit's layers do not share weights"
            )
        self.layers[name] = spec

    def branch(self, module: str, modules: list[str]) -> None:
        """Add the pipes of a multi-scale module and the merge that follows it as one branch."""
        merge = modules.pop(0) if modules and modules[0].startswith("merge") else None
        if merge is None:
            raise NetkitError(
                f"{self.conf.path}: arch: {module}: only a merge right after it can be carried over"
            )
        join = self.parameter(merge, "type") or "concat"
        if join not in ("concat", "flat", "mflat"):
            raise NetkitError(
                f"{self.conf.path}: {merge}_type = {join}: there are concat, flat and mflat"
            )
        pipes: dict[str, dict[str, Any]] = {}
        thickness = 0
        while f"{module}_pipe{len(pipes)}" in self.conf or not pipes:
            name = f"pipe{len(pipes)}"
            inner = ArchReader(self.conf, self.registry, self.thickness)
            inner.read(self.conf.get(f"{module}_{name}") or "")
            pipes[name] = {"type": "chain", "layers": inner.layers}
            thickness += inner.thickness or 0
            self.notes.update(inner.notes)
        concat = join == "concat"
        self.thickness = thickness if concat else None
        spec = {"type": "branch", "join": "concat" if concat else "flat", "layers": pipes}
        self.add(module, spec)
        self.note_rest(merge, "merge", OF_MERGE)

    def note_rest(self, module: str, kind: str, known: set[str] | None = None) -> None:
        """Note the module's parameters that no layer took; `known` ones need no note."""
        for variable in self.conf.values:
            name = variable.removeprefix(f"{module}_")
            if name == variable or variable in self.conf.used:
                continue
            if name in DERIVED | (known or set()):
                self.conf.used.add(variable)
            else:
                self.notes.setdefault(variable, f"{kind} has no such setting here")


def value_of(text: str, default: Any) -> Any:
    """Return the text of a parameter as the kind of value that an argument's default has."""
    if isinstance(default, bool):
        return text == "1" or text.lower() == "true"
    return dims(text)

"""EBLearn's arch, a chain of module names with parameters NAME_parameter, as netkit's layers."""

import re

from netkit.arguments import signature_of
from netkit.eblearn.module_specs import MODULES, dims
from netkit.errors import NetkitError

DERIVED = {"in", "table_in", "features", "thickness"}  # parameters that follow from the net


class ArchReader:
    """Reads an arch: `layers` is {name: {type: ..., ...}}; `notes` {variable: why it is not carried
    over}.

    `thickness` is the number of maps at the end of what was read, None where it does not show in
    the file.
    """

    def __init__(self, conf, registry, thickness, prefix=""):
        self.conf, self.registry, self.thickness, self.prefix = conf, registry, thickness, prefix
        self.layers, self.notes = {}, {}

    def read(self, words):
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

    def parameter(self, module, name, default=None):
        """Return the value of MODULE_NAME, text; None if it is empty or not there."""
        return self.conf.get(f"{module}_{name}", default) or default

    def need(self, module, name):
        value = self.parameter(module, name)
        if value is None:
            raise NetkitError(
                f"{self.conf.path}: {module}_{name} is missing: {module} of arch needs it"
            )
        return value

    def maps(self, module, name, value):
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

    def plain(self, module, kind):
        """Return the spec of a module whose layer has EBLearn's name: parameters by the names of
        its arguments.
        """
        try:
            arguments = signature_of(self.registry.get("layer", kind)).parameters
        except NetkitError as error:
            raise NetkitError(f"{self.conf.path}: arch: {module}: {error}") from None
        spec = {"type": kind}
        for name in arguments:
            value = self.parameter(module, name)
            if value is None and name == "mirror" and self.conf.get("mirror") == "1":
                value = "1"  # EBLearn's one setting for all of them
            if value is not None:
                spec[name] = value_of(value, arguments[name].default)
        return spec

    def add(self, module, spec):
        """Add a layer under the module's name, or NAME_2, NAME_3, ... where that is taken."""
        name, k = module, 2
        while name in self.layers:
            name, k = f"{module}_{k}", k + 1
        if self.conf.get(f"{module}_shared") == "1" and name != module:
            raise NetkitError(
                f"{self.conf.path}: {module}_shared=1: netkit's layers do not share weights"
            )
        self.layers[name] = spec

    def branch(self, module, modules):
        """Add the pipes of a multi-scale module and the merge that follows it as one branch."""
        merge = modules.pop(0) if modules and modules[0].startswith("merge") else None
        if merge is None:
            raise NetkitError(
                f"{self.conf.path}: arch: {module}: only a merge right after it can be carried over"
            )
        join = self.parameter(merge, "type", "concat")
        if join not in ("concat", "flat", "mflat"):
            raise NetkitError(
                f"{self.conf.path}: {merge}_type = {join}: there are concat, flat and mflat"
            )
        pipes, thick, k = {}, 0, 0
        while f"{module}_pipe{k}" in self.conf or k == 0:
            inner = ArchReader(self.conf, self.registry, self.thickness).read(
                self.conf.get(f"{module}_pipe{k}", "")
            )
            pipes[f"pipe{k}"] = {"type": "chain", "layers": inner.layers}
            thick, k = thick + (inner.thickness or 0), k + 1
            self.notes.update(inner.notes)
        self.thickness = thick if join == "concat" else None
        self.add(
            module,
            {"type": "branch", "join": "concat" if join == "concat" else "flat", "layers": pipes},
        )
        self.note_rest(merge, "merge", {"out", "ins", "strides", "scales", "dim", "states"})

    def note_rest(self, module, kind, more=frozenset()):
        """Note the module's parameters that no layer took."""
        for variable in self.conf.values:
            name = variable.removeprefix(f"{module}_")
            if name == variable or variable in self.conf.used:
                continue
            if name in DERIVED | more:
                self.conf.used.add(variable)
            else:
                self.notes.setdefault(variable, f"{kind} has no such setting here")


def value_of(text, default):
    """Return the text of a parameter as the kind of value that an argument's default has."""
    if isinstance(default, bool):
        return text == "1" or text.lower() == "true"
    return dims(text)

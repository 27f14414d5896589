"""EBLearn's arch, a chain of module names with parameters NAME_parameter, as netkit's layers."""

import re
from typing import Any

from netkit.arguments import signature_of
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.module_specs import MODULES, dims
from netkit.eblearn.module_weights import load_module
from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.types import Array

# Parameters that follow from the net, or do not change what it computes.
DERIVED = {"in", "table_in", "table_out", "features", "thickness", "use_gpu", "gpu_id", "weights"}
OF_MERGE = {"out", "ins", "strides", "scales", "dim", "states"}  # and those of a merge
ALWAYS = {"fsum_div": 0, "fsum_split": 1, "epsilon2": 0, "valid": 0, "replicate_inputs": 0}


class ArchReader:
    """What was read of an arch: `layers`, and `notes` on what was not carried over.

    layers: {name: {type: ..., ...}}.  notes: {variable: why it is not carried over}.  thickness:
    the number of maps at the end of what was read, None where the file does not say it.  sure: the
    file says so; or else it is what EBLearn takes if not told.  modules: {layer.array: weights} of
    manual_load.  inputs: {layer: numbers that a linear module is to be given}.
    """

    def __init__(self, conf: ConfFile, registry: Registry, thickness: int | None) -> None:
        self.conf = conf
        self.registry = registry
        self.thickness = thickness
        self.sure = bool(conf.get("input_thickness")) or conf.get("add_features_dimension") == "1"
        self.layers: dict[str, dict[str, Any]] = {}
        self.notes: dict[str, str] = {}
        self.modules: dict[str, Array] = {}
        self.inputs: dict[str, int] = {}
        self.manual = conf.get("manual_load") == "1"

    def read(self, words: str) -> "ArchReader":
        """Add the modules of a comma list."""
        modules = [word.strip() for word in words.split(",") if word.strip()]
        while modules:
            module = modules.pop(0)
            kind, given = re.sub(r"\d+$", "", module), self.thickness
            if kind == "ms":
                self.branch(module, modules)
            elif kind in MODULES:
                MODULES[kind](self, module)
            else:
                self.add(module, self.plain(module, kind))
            load_module(self, module, kind, given)
            self.penalty(module)
            self.note_rest(module, kind)
        return self

    def ends_with(self, thickness: int | None) -> None:
        """Remember how many maps there are after the module that is read; None: as the data say."""
        self.thickness, self.sure = thickness, thickness is not None

    def penalty(self, module: str) -> None:
        """Add the layer that MODULE_energy names, which makes the energy larger in training."""
        name = self.parameter(module, "energy")
        if name is None:
            return
        kind = re.sub(r"\d+$", "", name)
        if kind != "l1penalty":
            raise NetkitError(f"{self.conf.path}: {module}_energy = {name}: there is l1penalty")
        self.add(f"{module}_{name}", self.plain(name, kind))

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
            usual = arguments[name].default
            if value is not None and (taken := value_of(value, usual)) != usual:
                spec[name] = taken
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
        readers = {}
        while f"{module}_pipe{len(pipes)}" in self.conf or not pipes:
            name = f"pipe{len(pipes)}"
            inner = ArchReader(self.conf, self.registry, self.thickness)
            inner.sure = self.sure
            inner.read(self.conf.get(f"{module}_{name}") or "")
            pipes[name] = {"type": "chain", "layers": inner.layers}
            thickness += inner.thickness or 0
            self.notes.update(inner.notes)
            readers[name] = inner
        concat = join == "concat"
        self.ends_with(thickness if concat else None)
        spec = {"type": "branch", "join": "concat" if concat else "flat", "layers": pipes}
        self.add(module, spec)
        branch = list(self.layers)[-1]
        for name, inner in readers.items():
            self.modules |= {f"{branch}.{name}.{key}": a for key, a in inner.modules.items()}
            self.inputs |= {f"{branch}.{name}.{key}": n for key, n in inner.inputs.items()}
        self.note_rest(merge, "merge", OF_MERGE)

    def note_rest(self, module: str, kind: str, known: set[str] | None = None) -> None:
        """Note the module's parameters that no layer took, and that change what it computes.

        known: those that need no note.
        """
        for variable in self.conf.values:
            name = variable.removeprefix(f"{module}_")
            if name == variable or variable in self.conf.used:
                continue
            value = self.conf.get(variable)
            usual = name in ALWAYS and number(value) == ALWAYS[name]
            if name not in DERIVED | (known or set()) and value and not usual:
                self.conf.used.discard(variable)
                self.notes.setdefault(variable, f"{kind} has no such setting here")


def arch_of(conf: ConfFile) -> str:
    """Return the modules of a file's net, a comma list; raise NetkitError for a file of no net."""
    words = conf.get("arch")
    if words.strip(", "):
        return words
    if "net_type" in conf:
        raise NetkitError(
            f"{conf.path}: net_type = {conf.get('net_type')}: obsolete in EBLearn itself, which "
            "has arch in its place: write the modules out, arch = conv0,addc0,tanh,..."
        )
    lush = next((name for name in conf.values if name.startswith("lush")), None)
    if lush:
        raise NetkitError(
            f"{conf.path}: {lush} = {conf.get(lush)}: a file for Lush, which EBLearn came after, "
            "holds no net: take one with arch = conv0,addc0,tanh,..."
        )
    unknown = sorted(conf.missing.get("arch", ()), key=len)
    if unknown:
        raise NetkitError(
            f"{conf.path}: arch = {conf.values['arch']}: stands for no module, as nothing is known "
            f"of {', '.join(unknown)}: give {unknown[0]}=VALUE after the file"
        )
    raise NetkitError(
        f"{conf.path}: arch is missing: name the modules of the net, arch = conv0,addc0,tanh,..."
    )


def number(text: str) -> float | None:
    """Return the number that a text stands for, None if it is none."""
    try:
        return float(text)
    except ValueError:
        return None


def value_of(text: str, default: Any) -> Any:
    """Return the text of a parameter as the kind of value that an argument's default has."""
    if isinstance(default, bool):
        return text == "1" or text.lower() == "true"
    return dims(text)

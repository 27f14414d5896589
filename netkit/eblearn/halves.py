"""What an EBLearn file says for one command of netkit: its net, and the settings of a run."""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from netkit.config.compose import compose
from netkit.eblearn import detect_settings, detect_variables, run_settings, variables
from netkit.eblearn.arch_reader import ArchReader, arch_of
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.detect_settings import is_there, read_detect, title
from netkit.eblearn.kept_variables import KeptVariables
from netkit.eblearn.net_input import channels_of, given, least_input, trained_on
from netkit.eblearn.run_settings import optimizer_of, read_run
from netkit.eblearn.typed_values import number, whole
from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.types import Array

LOOKED_AT = "input", "input_list", "camera", "display", "next_on_key"
TAKEN = "train", "detect", "evaluate", "bench"


@dataclass
class Half:
    """What a file says for `command`.

    title: the name of the job.  arch: as in conf/arch, layers and input.  choices: {group: choice}.
    values: {variable: value}.  variables: the file's own, which the values refer to.  notes:
    {variable: why it is not carried over}.  modules: {"layer.array": weights} of its manual_load.
    """

    command: str
    title: str
    arch: dict[str, Any]
    choices: dict[str, str]
    values: dict[str, Any]
    variables: dict[str, Any]
    notes: dict[str, str]
    modules: dict[str, Array]


def read_half(path: str | Path, command: str, assignments: Iterable[str] = ()) -> Half:
    """Return what a file says for train, or for a command that detects.

    assignments: "name=value" words, read after the file.
    """
    trains = command == "train"
    conf = ConfFile(path, assignments, "train" if trains else "detect")
    known = known_to(command, conf)
    arch, notes, modules = read_arch(conf)
    if conf.get("retrain") == "1" if trains else conf.get("weights"):
        modules = {}  # a file of the whole net comes before those of its modules
    kept = KeptVariables(conf, known, (run_settings if trains else detect_settings).SHARED)
    choices, values = (read_run if trains else read_detect)(conf, kept, known, notes)
    if command == "evaluate":  # its images are scenes
        values = {name: value for name, value in values.items() if name not in LOOKED_AT}
    table = variables if trains else detect_variables
    notes |= unused(conf, table.MATTER, trains)
    own = {name: value for name, value in kept.variables.items() if name not in values}
    return Half(command, title(conf), arch, choices, values, own, notes, modules)


def known_to(command: str, conf: ConfFile) -> dict[str, Any]:
    """Return the variables of a command of netkit's with their values."""
    if command == "train":
        return compose("train", [f"optimizer={optimizer_of(conf)}", "data=files"])
    known = compose(command)
    if not {"weights", "classes"} <= set(known):
        raise NetkitError(f"{conf.path}: netkit {command} takes no file of EBLearn's")
    return known


def read_arch(conf: ConfFile) -> tuple[dict[str, Any], dict[str, str], dict[str, Array]]:
    """Return (arch, notes, modules): the net of a file, and what of it is not carried over."""
    registry = Registry()
    thickness = (whole(conf, "input_thickness") if conf.get("input_thickness") else 0) or 1
    reader = ArchReader(conf, registry, thickness).read(arch_of(conf))
    samples = conf.get("train") and is_there(conf, conf.get("train"))
    shape = trained_on(samples or None)
    channels = channels_of(reader.layers, thickness, reader.inputs)
    if shape is None or shape[0] != channels:
        shape = least_input(registry, reader.layers, channels, reader.inputs)
    for name, count in (given(registry, reader.layers, tuple(shape), reader.inputs) or {}).items():
        if count != reader.inputs[name]:
            reader.notes[f"{name}_in"] = f"it says {reader.inputs[name]:,}, and there are {count:,}"
    scale = {"bias": number(conf, "data_bias", 0.0), "coeff": number(conf, "data_coeff", 1.0)}
    notes = {name: why for name, why in reader.notes.items() if conf.get(name.strip(), "?")}
    return {"input": {"shape": shape, **scale}, "layers": reader.layers}, notes, reader.modules


def unused(conf: ConfFile, matter: dict[str, tuple[str, ...]], trains: bool) -> dict[str, str]:
    """Return {variable: why} for what is not here and would change the result."""
    notes = {}
    for name, harmless in matter.items():
        if conf.get(name) and conf.get(name) not in harmless:
            why = variables.VARIABLES.get(name) if trains else detect_variables.REASONS.get(name)
            notes[name] = why or "not here: docs/eblearn.md"
    known = {*variables.VARIABLES, *detect_variables.DETECT}
    for name in conf.values:
        if name in known or name in conf.used or conf.get(name) in ("", "0"):
            continue
        near = difflib.get_close_matches(name, known, 1, 0.9)
        if near and near[0] not in conf:
            notes[name] = f"EBLearn has no such variable: did you mean {near[0]}?"
    return notes


def free_name(name: str) -> str:
    """Return a name for the arch and the run that none of netkit's own files has."""
    name = re.sub(r"\W+", "_", name)
    archs = [p.name for p in (files("netkit.conf") / "arch").iterdir()]
    return f"{name}_imported" if f"{name}.yaml" in archs or name in TAKEN else name

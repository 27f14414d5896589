"""netkit import-conf: an EBLearn configuration as a netkit arch and run."""

import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from netkit.config import compose
from netkit.eblearn.arch_reader import ArchReader
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.run_settings import left_over, optimizer_of, read_run
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.registry import Registry

TAKEN = "train", "detect", "evaluate", "bench"


def import_conf(path: str | Path, out: str | Path, assignments: Iterable[str] = ()) -> list[str]:
    """Write OUT/arch/NAME.yaml and OUT/NAME.yaml for an EBLearn file; return what to say of it.

    assignments: "name=value" words, read after the file.
    """
    conf, folder = ConfFile(path, assignments), Path(out)
    if not conf.get("arch"):
        raise NetkitError(
            f"{path}: arch is missing: name the modules of the net, arch = conv0,addc0,tanh,..."
        )
    reader = ArchReader(conf, Registry(), int(conf.get("input_thickness", "1")) or 1)
    reader.read(conf.get("arch"))
    notes = reader.notes
    name = free_name(conf.get("name") or conf.get("job_name") or Path(path).stem)
    known = compose("train", [f"optimizer={optimizer_of(conf)}", "data=files"])
    choices, values = read_run(conf, known, notes)
    notes |= left_over(conf)
    try:
        (folder / "arch").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NetkitError(
            f"{folder}: cannot be made ({error.strerror}): choose another folder"
        ) from None
    about = f"of EBLearn's {path}, by netkit import-conf"
    command = f"netkit train --config-dir {folder} --config-name {name}"
    arch = arch_text(about, name, reader.layers)
    write_beside(folder / "arch" / f"{name}.yaml", arch.encode())
    run = run_text([f"# The run {about}:", f"#   {command}"], {"arch": name, **choices}, values)
    write_beside(folder / f"{name}.yaml", run.encode())
    lines = [f"{folder}/arch/{name}.yaml and {folder}/{name}.yaml"]
    if notes:
        lines.append("not carried over:")
        lines += [f"  {variable.strip()}: {why}" for variable, why in notes.items()]
    return [*lines, command]


def free_name(name: str) -> str:
    """Return a name for the arch and the run that none of netkit's own files has."""
    name = re.sub(r"\W+", "_", name)
    archs = [p.name for p in (files("netkit.conf") / "arch").iterdir()]
    return f"{name}_imported" if f"{name}.yaml" in archs or name in TAKEN else name


def arch_text(about: str, name: str, layers: dict[str, dict[str, Any]]) -> str:
    """Return the YAML of an arch, a layer a line, as netkit's own are written."""
    lines = [f"# The arch {about}.", f"name: {name}", "layers:"]
    return "\n".join([*lines, *layer_lines(layers, "  ")]) + "\n"


def layer_lines(layers: dict[str, dict[str, Any]], indent: str) -> Iterator[str]:
    """Yield the lines of layers, those with layers inside on several."""
    for name, spec in layers.items():
        if "layers" in spec:
            head = {key: value for key, value in spec.items() if key != "layers"}
            yield f"{indent}{name}:"
            yield from (f"{indent}  {key}: {flow(value)}" for key, value in head.items())
            yield f"{indent}  layers:" if spec["layers"] else f"{indent}  layers: {{}}"
            yield from layer_lines(spec["layers"], indent + "    ")
        else:
            yield f"{indent}{name}: {flow(spec)}"


def flow(value: Any) -> str:
    """Return a value in YAML's one-line form."""
    text = yaml.safe_dump(value, default_flow_style=True, width=1 << 20, sort_keys=False)
    return text.strip().removesuffix("\n...")


def run_text(head: list[str], choices: dict[str, str], values: dict[str, Any]) -> str:
    """Return the YAML of a run: netkit's train.yaml with the file's choices and values over it."""
    overrides = [f"  - override {group}: {choice}" for group, choice in choices.items()]
    lines = [*head, "defaults:", "  - train", *overrides, "  - _self_", ""]
    return "\n".join([*lines, *(f"{key}: {flow(value)}" for key, value in values.items())]) + "\n"

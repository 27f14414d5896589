"""netkit import-conf: an EBLearn configuration as a netkit arch and run."""

import re
from pathlib import Path

import yaml

from netkit.config import compose
from netkit.eblearn.arch_reader import ArchReader
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.run_settings import left_over, read_run
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.registry import Registry

TAKEN = "train", "detect", "evaluate", "bench"


def import_conf(path, folder, assignments=()):
    """Write FOLDER/arch/NAME.yaml and FOLDER/NAME.yaml for an EBLearn file; return lines that say
    what became of it.

    assignments: "name=value" words, read after the file.
    """
    conf, folder = ConfFile(path, assignments), Path(folder)
    if not conf.get("arch"):
        raise NetkitError(
            f"{path}: arch is missing: name the modules of the net, arch = conv0,addc0,tanh,..."
        )
    chain = ArchReader(conf, Registry(), int(conf.get("input_thickness", "1")) or 1).read(
        conf.get("arch")
    )
    notes = chain.notes
    name = free_name(conf.get("name") or conf.get("job_name") or Path(path).stem)
    optimizer = "sgd" if conf.get("ndiaghessian") == "0" else "sdlm"
    known = compose("train", [f"optimizer={optimizer}", "data=files"])
    choices, values = read_run(conf, known, notes)
    notes = {**notes, **left_over(conf)}
    try:
        (folder / "arch").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NetkitError(
            f"{folder}: cannot be made ({error.strerror}): choose another folder"
        ) from None
    write_beside(folder / "arch" / f"{name}.yaml", arch_text(path, name, chain.layers).encode())
    write_beside(folder / f"{name}.yaml", run_text(path, folder, name, choices, values).encode())
    return report(conf, folder, name, notes)


def free_name(name):
    """Return a name for the arch and the run that none of netkit's own files has."""
    from importlib.resources import files

    name = re.sub(r"\W+", "_", name)
    archs = [p.name for p in (files("netkit.conf") / "arch").iterdir()]
    return f"{name}_imported" if f"{name}.yaml" in archs or name in TAKEN else name


def arch_text(path, name, layers):
    """Return the YAML of an arch, a layer a line, as netkit's own are written."""
    lines = [f"# The arch of EBLearn's {path}, by netkit import-conf.", f"name: {name}", "layers:"]
    return "\n".join([*lines, *layer_lines(layers, "  ")]) + "\n"


def layer_lines(layers, indent):
    for name, spec in layers.items():
        if "layers" in spec:
            head = {key: value for key, value in spec.items() if key != "layers"}
            yield f"{indent}{name}:"
            yield from (f"{indent}  {key}: {flow(value)}" for key, value in head.items())
            yield f"{indent}  layers:" if spec["layers"] else f"{indent}  layers: {{}}"
            yield from layer_lines(spec["layers"], indent + "    ")
        else:
            yield f"{indent}{name}: {flow(spec)}"


def flow(value):
    """Return a value in YAML's one-line form."""
    return (
        yaml.safe_dump(value, default_flow_style=True, width=1 << 20, sort_keys=False)
        .strip()
        .removesuffix("\n...")
    )


def run_text(path, folder, name, choices, values):
    """Return the YAML of a run: netkit's train.yaml with the file's choices and values over it."""
    overrides = [
        f"  - override {group}: {choice}" for group, choice in {"arch": name, **choices}.items()
    ]
    head = [
        f"# The run of EBLearn's {path}, by netkit import-conf:",
        f"#   netkit train --config-dir {folder} --config-name {name}",
        "defaults:",
        "  - train",
        *overrides,
        "  - _self_",
        "",
    ]
    return "\n".join([*head, *(f"{key}: {flow(value)}" for key, value in values.items())]) + "\n"


def report(conf, folder, name, notes):
    """Return the lines to print."""
    lines = [f"{folder}/arch/{name}.yaml and {folder}/{name}.yaml"]
    if notes:
        lines.append("not carried over:")
        lines += [f"  {variable.strip()}: {why}" for variable, why in notes.items()]
    return [*lines, f"netkit train --config-dir {folder} --config-name {name}"]

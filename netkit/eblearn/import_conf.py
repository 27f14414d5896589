"""netkit import-conf, and netkit train FILE.conf: an EBLearn file as configurations of netkit."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from netkit.eblearn.command_words import divided
from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.halves import Half, free_name, known_to, read_half
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.tensors import write_tensors
from netkit.types import Array


def import_conf(path: str | Path, out: str | Path, assignments: Iterable[str] = ()) -> list[str]:
    """Write what an EBLearn file says into the folder OUT; return what to say of it.

    OUT/arch/NAME.yaml is its net, OUT/NAME.yaml the run of `netkit train`, if it names samples,
    OUT/NAME_detect.yaml that of `netkit detect`, and OUT/NAME_evaluate.yaml that of evaluate.
    assignments: "name=value" words, read after the file.
    """
    words, folder = list(assignments), Path(out)
    detects = read_half(path, "detect", words)
    halves = [detects, read_half(path, "evaluate", words)]
    if "train" in ConfFile(path, words):
        halves.insert(0, read_half(path, "train", words))
    name = free_name(detects.title)
    names = {half.command: f"{name}_{half.command}" for half in halves} | {"train": name}
    if len(halves) == 2:  # nothing to train on
        names["detect"] = name
    lines = [", ".join(write(halves, folder, path, names))]
    notes = {what: why for half in halves for what, why in half.notes.items()}
    if notes:
        lines.append("not carried over:")
        lines += [f"  {variable.strip()}: {why}" for variable, why in notes.items()]
    flags = f"--config-dir {folder} --config-name {name}"
    return [*lines, *(f"netkit {half.command} {flags}" for half in halves[:-1])]


def translate(
    path: Path, command: str, words: list[str], folder: Path
) -> tuple[str, list[str], list[str]]:
    """Write what an EBLearn file says for one command into a folder: hook netkit_config_files.

    The words of variables that the file has, or that EBLearn reads, are read after it.
    """
    conf = ConfFile(path)
    assignments, left = divided(conf, command, known_to(command, conf), words)
    half = read_half(path, command, assignments)
    if command != "train" and any(word.startswith(("input=", "camera=")) for word in left):
        for name in ("input", "camera", "input_list"):
            half.values.pop(name, None)
        half.notes.pop("camera", None)
    name = free_name(half.title)
    write([half], folder, path, {command: name})
    notes = [f"{path}: {variable.strip()}: {why}" for variable, why in half.notes.items()]
    return name, left, notes


def write(halves: list[Half], folder: Path, path: str | Path, names: dict[str, str]) -> list[str]:
    """Write the archs and the runs of halves, once all of them are known; return the files.

    names: {command: what its file is called}; the first one's is the arch's too, and an arch that
    differs from it, as detect's may, is called as its run.
    """
    texts: dict[str, str] = {}
    archs: list[tuple[str, dict[str, Any]]] = []
    modules: dict[str, dict[str, Array]] = {}
    for half in halves:
        name = names[half.command]
        about = f"of EBLearn's {path}, by netkit import-conf"
        arch = next((other for other, layers in archs if layers == half.arch), None)
        if arch is None:
            arch = name
            archs.append((arch, half.arch))
            texts[f"arch/{arch}.yaml"] = arch_text(f"The arch {about}.", half)
        values = dict(half.values)
        if half.modules:
            modules[f"{arch}_modules.npz"] = half.modules
            values["weights"] = str((folder / f"{arch}_modules.npz").resolve())
        if values.get("input_list"):
            texts[f"{name}_inputs.txt"] = "\n".join(values["input_list"]) + "\n"
            values["input_list"] = str((folder / f"{name}_inputs.txt").resolve())
        head = f"netkit {half.command} {about}."
        texts[f"{name}.yaml"] = run_text(head, half, {"arch": arch, **half.choices}, values)
    try:
        (folder / "arch").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NetkitError(
            f"{folder}: cannot be made ({error.strerror}): choose another folder"
        ) from None
    for name, text in texts.items():
        write_beside(folder / name, text.encode())
    for name, tensors in modules.items():
        write_tensors(folder / name, tensors, {})
    return [f"{folder}/{name}" for name in (*texts, *modules)]


def run_text(about: str, half: Half, choices: dict[str, str], values: dict[str, Any]) -> str:
    """Return the YAML of a run: netkit's own of the command, the choices and values over it."""
    overrides = [f"  - override {group}: {choice}" for group, choice in choices.items()]
    lines = [f"# {about}", "defaults:", f"  - {half.command}", *overrides, "  - _self_", ""]
    if half.variables:
        lines += ["# ---- variables of the file ----"]
        lines += [*(f"{name}: {flow(value)}" for name, value in half.variables.items()), ""]
    return "\n".join([*lines, *(f"{key}: {flow(value)}" for key, value in values.items())]) + "\n"


def arch_text(about: str, half: Half) -> str:
    """Return the YAML of an arch, a layer a line, as netkit's own are written."""
    given = f"input: {flow(half.arch['input'])}"
    lines = [f"# {about}", f"name: {flow(half.title)}", given, "layers:"]
    return "\n".join([*lines, *layer_lines(half.arch["layers"], "  ")]) + "\n"


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

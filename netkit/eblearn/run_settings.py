"""The variables of an EBLearn file as the settings of a netkit run."""

import difflib
import re
from typing import Any

from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.variables import DEFAULTS, VARIABLES
from netkit.errors import NetkitError

SIZES = "train_size", "val_size", "epoch_size", "limit_classes"  # 0 means null here
OTHER = "arch", "display"  # mean something else here
FILES = "train", "val", "train_labels", "val_labels", "train_classes"
ENERGIES = {"l2_energy": "l2", "cross_entropy_energy": "cross_entropy"}


def optimizer_of(conf: ConfFile) -> str:
    """Return the optimizer that a file means: EBLearn's rule, or plain descent."""
    return "sgd" if conf.get("ndiaghessian") == "0" else "sdlm"


def read_run(
    conf: ConfFile, known: dict[str, Any], notes: dict[str, str]
) -> tuple[dict[str, str], dict[str, Any]]:
    """Return (choices, values): {group: choice} and {variable: value} of what a file says of a run.

    known: netkit's variables with their values, which give the types.  notes: {variable: why it is
    not carried over}, added to.
    """
    energy = conf.get("trainable_module1_energy", "l2_energy")
    if energy not in ENERGIES:
        raise NetkitError(
            f"{conf.path}: trainable_module1_energy = {energy}: there are {', '.join(ENERGIES)}"
        )
    values: dict[str, Any] = {"batch_size": 1, "schedule": "constant"}
    for name in VARIABLES:
        if name in known and name not in OTHER and (name in conf or name in DEFAULTS):
            text = first_of_grid(name, conf.get(name, DEFAULTS.get(name, "")), notes)
            if text or isinstance(known[name], bool):
                values[name] = typed(conf, name, text, like=known[name])
    values |= translated(conf, values, notes)
    choices = {"optimizer": optimizer_of(conf), "energy": ENERGIES[energy], "data": "files"}
    return choices, values


def translated(conf: ConfFile, values: dict[str, Any], notes: dict[str, str]) -> dict[str, Any]:
    """Return the variables that have another name or meaning here."""
    found = {}
    if values.get("inertia"):  # EBLearn's step is (1 - inertia) dx + inertia times the last one
        found["eta"] = values["eta"] / (1 - values["inertia"])
    if "training_precision" in conf:
        found["dtype"] = "float64" if conf.get("training_precision") == "double" else "float32"
    if conf.get("retrain") == "1":
        found["weights"] = conf.get("retrain_weights") or None
    if conf.get("classification", "1") == "0":
        notes["classification"] = "netkit classifies: train_labels are taken as classes"
    if conf.get("answer", "class_answer") != "class_answer":
        notes["answer"] = "the energy gives the answer here: the largest output"
    for name in ("retrain", "retrain_weights", "ipp_cores", "trainer"):  # need no note
        if not conf.undefined(name):
            conf.get(name)
    return found


def first_of_grid(name: str, text: str, notes: dict[str, str]) -> str:
    """Return the first of several values, which EBLearn's metarun would try one after the other."""
    words = text.split()
    if len(words) > 1 and name not in FILES:
        tried = ",".join(words)
        notes[f"{name} "] = (
            f"one of {len(words)} values of a grid is written: sweep with --multirun {name}={tried}"
        )
        return words[0]
    return text


def typed(conf: ConfFile, name: str, text: str, *, like: Any) -> Any:
    """Return the text of a variable as the type that it has here, that of `like`."""
    if name in FILES:
        return text
    if name in SIZES or (isinstance(like, int) and not isinstance(like, bool)):
        if not re.fullmatch(r"\d+", text):
            raise NetkitError(f"{conf.path}: {name} = {text}: give a whole number")
        return (int(text) or None) if name in SIZES else int(text)
    if isinstance(like, bool):
        if text not in ("0", "1"):
            raise NetkitError(f"{conf.path}: {name} = {text}: give 0 or 1")
        return text == "1"
    if name == "class_probabilities":
        return [float(word) for word in re.split(r"[,\s]+", text)]
    try:
        return float(text)
    except ValueError:
        if isinstance(like, float) or name == "eta":
            raise NetkitError(f"{conf.path}: {name} = {text}: give a number") from None
        return text


def left_over(conf: ConfFile) -> dict[str, str]:
    """Return {variable: why} for what nothing of the import has used."""
    notes = {}
    for name in conf.values:
        if name in conf.used:
            continue
        if name in VARIABLES:
            notes[name] = VARIABLES[name] or "without effect on this run"
        elif conf.undefined(name):
            notes[name] = "not needed, and it refers to an undefined variable"
        else:
            near = difflib.get_close_matches(name, VARIABLES, 1, 0.85)
            hint = f"EBLearn has no such variable: did you mean {near[0]}?" if near else ""
            notes[name] = hint or "nothing uses it"
    return notes

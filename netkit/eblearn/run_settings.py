"""The variables of an EBLearn file as a run of netkit."""

import difflib
import re

from netkit.eblearn.variables import DEFAULTS, VARIABLES
from netkit.errors import NetkitError

SIZES = "train_size", "val_size", "epoch_size", "limit_classes"  # 0 means null here
OTHER = "arch", "display"  # mean something else here
FILES = "train", "val", "train_labels", "val_labels", "train_classes"
ENERGIES = {"l2_energy": "l2", "cross_entropy_energy": "cross_entropy"}


def read_run(conf, known, notes):
    """Return (choices, values): {group: choice} and {variable: value} of what `conf` says of a run.

    known: netkit's variables with their values, which give the types.  notes: {variable: why it is
    not carried over}, added to.
    """
    optimizer = "sgd" if conf.get("ndiaghessian") == "0" else "sdlm"
    energy = conf.get("trainable_module1_energy", "l2_energy")
    if energy not in ENERGIES:
        raise NetkitError(
            f"{conf.path}: trainable_module1_energy = {energy}: there are {', '.join(ENERGIES)}"
        )
    values = {"batch_size": 1, "schedule": "constant"}
    for name in VARIABLES:
        if name in known and name not in OTHER and (name in conf or name in DEFAULTS):
            text = grid(conf, name, conf.get(name, DEFAULTS.get(name)), notes)
            if text or isinstance(known[name], bool):
                values[name] = typed(conf, name, text, known[name])
    values |= translated(conf, values, notes)
    return {"optimizer": optimizer, "energy": ENERGIES[energy], "data": "files"}, values


def translated(conf, values, notes):
    """Return the variables that have another name or meaning here."""
    found = {}
    if values.get("inertia"):
        found["eta"] = values["eta"] / (
            1 - values["inertia"]
        )  # EBLearn's v is (1 - inertia) dx + inertia v
    if "training_precision" in conf:
        found["dtype"] = "float64" if conf.get("training_precision") == "double" else "float32"
    if conf.get("retrain") == "1":
        found["weights"] = conf.get("retrain_weights")
    if conf.get("classification", "1") == "0":
        notes["classification"] = "netkit classifies: train_labels are taken as classes"
    if conf.get("answer", "class_answer") != "class_answer":
        notes["answer"] = "the energy gives the answer here: the largest output"
    for name in ("retrain", "retrain_weights", "ipp_cores", "trainer"):
        conf.get(name) if not conf.undefined(name) else None
    return found


def grid(conf, name, text, notes):
    """Return the first of several values, which EBLearn's metarun would try one after the other."""
    words = (text or "").split()
    if len(words) > 1 and name not in FILES:
        tried = ",".join(words)
        notes[f"{name} "] = (
            f"one of {len(words)} values of a grid is written: sweep with --multirun {name}={tried}"
        )
        return words[0]
    return text


def typed(conf, name, text, like):
    """Return the text of a variable as the type that it has here."""
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


def left_over(conf):
    """Return {variable: why} for what nothing of the import has used."""
    notes = {}
    for name in conf.values:
        if name in conf.used:
            continue
        undefined = conf.undefined(name)
        if name in VARIABLES:
            notes[name] = VARIABLES[name] or "without effect on this run"
        elif undefined:
            notes[name] = "not needed, and it refers to an undefined variable"
        else:
            near = difflib.get_close_matches(name, VARIABLES, 1, 0.85)
            notes[name] = (
                f"EBLearn has no such variable: did you mean {near[0]}?"
                if near
                else "nothing uses it"
            )
    return notes

"""The variables of an EBLearn file as the settings of netkit train."""

from collections.abc import Callable, Mapping
from typing import Any

from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.kept_variables import KeptVariables
from netkit.eblearn.typed_values import kept_number, number, numbers, switch, whole
from netkit.eblearn.variables import DEFAULTS, VARIABLES
from netkit.errors import NetkitError

SIZES = "train_size", "val_size", "epoch_size", "limit_classes"  # 0 means null here
OTHER = "arch", "display", "name"  # mean something else here
TEXTS = "train", "val", "train_labels", "val_labels", "train_classes", "root"
SHARED = {"root", "reg", "reg_l1", "reg_l2", "eta", "data_coeff", "data_bias", "anneal_value"}
FREE = {"reg", "reg_l1", "reg_l2"}  # EBLearn's is 0 where a file gives it as an undefined ${...}
NEEDS = {  # those that have no effect without another
    "sample_probabilities": ("hardest_focus", "per_class_norm", "min_sample_weight"),
    "balanced_training": ("random_class_order",),
}
ENERGIES = {"l2_energy": "l2", "cross_entropy_energy": "cross_entropy"}
Values = dict[str, Any]


def optimizer_of(conf: ConfFile) -> str:
    """Return the optimizer that a file means: EBLearn's rule, or plain descent."""
    return "sgd" if conf.get("ndiaghessian") == "0" else "sdlm"


def energy_of(conf: ConfFile) -> str:
    """Return the energy that a file means."""
    energy = conf.get("trainable_module1_energy", "l2_energy")
    if energy not in ENERGIES:
        raise NetkitError(
            f"{conf.path}: trainable_module1_energy = {energy}: there are {', '.join(ENERGIES)}"
        )
    return ENERGIES[energy]


def read_run(
    conf: ConfFile, kept: KeptVariables, known: Mapping[str, Any], notes: dict[str, str]
) -> tuple[dict[str, str], Values]:
    """Return (choices, values): {group: choice} and {variable: value} of what a file says of a run.

    known: netkit's variables with their values, which give the types.  notes: {variable: why it is
    not carried over}, added to.
    """
    if not conf.need("eta"):  # EBLearn's train ends here
        notes["eta"] = f"the file does not say it: {known['eta']:g} is taken, netkit's own"
    choices = {"optimizer": optimizer_of(conf), "energy": energy_of(conf), "data": "files"}
    values: Values = {"batch_size": 1, "schedule": "constant"}
    for name, default in DEFAULTS.items():
        conf.values.setdefault(name, default)
    for name in VARIABLES:
        if name in conf and name in known and name not in OTHER:
            read_one(conf, kept, name, like=known[name], values=values, notes=notes)
    for switch_on, names in NEEDS.items():  # netkit warns of settings without effect
        if not values.get(switch_on):
            values = {name: value for name, value in values.items() if name not in names}
    # The names of the files have the folder in them, as ${root}: it is not put before them again.
    values["data"] = {"root": None}
    if conf.get("save_weights", "1") != "0":
        values["show"] = {"mat": {"type": "mat_weights"}}
    values |= answer_of(conf)
    return choices, values | translated(conf, values, notes)


def read_one(
    conf: ConfFile,
    kept: KeptVariables,
    name: str,
    *,
    like: Any,
    values: Values,
    notes: dict[str, str],
) -> None:
    """Add one variable to `values`, with the type of netkit's value `like`."""
    if name in TEXTS:
        if conf.need(name):
            values[name] = kept.text(name)
        return
    if not conf.get(name):
        if name not in FREE:
            conf.need(name)  # says which undefined variable left it empty
        return
    one_of_grid(conf, name, notes)
    values[name] = reader_of(name, like)(conf, kept, name)


def reader_of(name: str, like: Any) -> Callable[[ConfFile, KeptVariables, str], Any]:
    """Return what reads a variable whose value here is `like`."""
    if name in SIZES:
        return size
    if isinstance(like, bool):
        return lambda conf, kept, name: switch(conf, name)
    if isinstance(like, int):
        return lambda conf, kept, name: kept_number(conf, kept, name, is_whole=True)
    if name == "class_probabilities":
        return lambda conf, kept, name: numbers(conf, name)
    return kept_number


def size(conf: ConfFile, kept: KeptVariables, name: str) -> Any:
    """Return a number of samples; None for EBLearn's 0, which is all of them."""
    return kept_number(conf, kept, name, is_whole=True) if whole(conf, name) else None


def one_of_grid(conf: ConfFile, name: str, notes: dict[str, str]) -> None:
    """Take the first of several values, which EBLearn's metarun would try one after the other."""
    words = conf.get(name).split()
    if len(words) > 1 and name != "class_probabilities":
        conf.values[name] = words[0]
        notes[f"{name} "] = (
            f"the first of {len(words)} values of a grid is taken: sweep with "
            f"--multirun {name}={','.join(words)}"
        )


def answer_of(conf: ConfFile) -> Values:
    """Return what a file says of the targets and the confidence of its answer module."""
    answer = conf.get("answer", "class_answer")
    found: Values = {}
    if energy_of(conf) == "l2":
        for ours, theirs, reads in (
            ("factor", "factor", number),
            ("binary_target", "binary", switch),
            ("confidence", "confidence", whole),
        ):
            if conf.get(f"{answer}_{theirs}"):
                found[ours] = reads(conf, f"{answer}_{theirs}")
    return {"energy": found} if found else {}


def translated(conf: ConfFile, values: Values, notes: dict[str, str]) -> Values:
    """Return the variables that have another name or meaning here."""
    found: Values = {}
    if conf.get("inertia") and number(conf, "inertia"):
        # EBLearn's step is (1 - inertia) dx + inertia times the last one
        found["eta"] = number(conf, "eta") / (1 - number(conf, "inertia"))
    if conf.get("training_precision"):
        found["dtype"] = "float64" if conf.get("training_precision") == "double" else "float32"
    if conf.get("retrain") == "1":
        found["weights"] = conf.need("retrain_weights") or None
    if conf.get("classification", "1") == "0":
        notes["classification"] = "netkit classifies: train_labels are taken as classes"
    if conf.get("answer", "class_answer") != "class_answer":
        notes["answer"] = "the energy gives the answer here: the largest output"
    return found

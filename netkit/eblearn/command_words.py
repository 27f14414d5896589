"""The words after a .conf file: those of the file's own variables, and those of netkit."""

import re
from collections.abc import Collection

from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.detect_variables import DETECT, FLOATS, SWITCHES, WHOLES
from netkit.eblearn.kept_variables import NUMBER
from netkit.eblearn.run_settings import TEXTS
from netkit.eblearn.variables import VARIABLES

GROUPS = "arch", "data", "energy", "optimizer", "backend", "show", "scenes"
NUMERIC = {*FLOATS, *WHOLES, *SWITCHES} | {
    name for name, what in VARIABLES.items() if name not in TEXTS and what in (None, "the same")
}
HYDRA = re.compile(r"(null|true|false|\[.*|\{.*)")  # values of netkit's, which EBLearn has not


def divided(
    conf: ConfFile, command: str, known: Collection[str], words: list[str]
) -> tuple[list[str], list[str]]:
    """Return (assignments to read after a file, words of netkit's that are left).

    An assignment is a word of a variable that EBLearn reads for this command, or that the file has
    or refers to and netkit, whose variables are `known`, does not have; with --multirun those with
    several values stay netkit's. A word without a sign is what to look at, as for EBLearn's detect.
    """
    read = set(VARIABLES) if command == "train" else DETECT | {"data_coeff", "data_bias"}
    inside = {*conf.values, *re.findall(r"\$\{\s*(\w+)\s*\}", " ".join(conf.values.values()))}
    inside -= set(known)
    sweeps = bool({"--multirun", "-m"} & set(words))
    assignments, left = [], []
    for word in words:
        name, sign, value = word.partition("=")
        if not sign and command != "train" and word[:1] not in "-+~":
            left.append(f"input={word}")
        elif sign and owns(name, value, read, inside) and not (sweeps and "," in value):
            assignments.append(word)
            if name == "threshold" and "threshold" in known:
                left.append(word)  # netkit's, also where the file has a pre_threshold
        else:
            left.append(word)
    return assignments, left


def owns(name: str, value: str, read: set[str], inside: set[str]) -> bool:
    """Say whether a word NAME=VALUE is one of the file's variables, in its language."""
    if name in GROUPS or HYDRA.fullmatch(value):
        return name == "arch" and "," in value
    if name not in read | inside:
        return False
    return name not in NUMERIC or bool(NUMBER.fullmatch(value)) or not value

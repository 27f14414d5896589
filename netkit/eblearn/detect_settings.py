"""The variables of an EBLearn file as the settings of netkit detect."""

import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netkit.eblearn.conf_file import ConfFile
from netkit.eblearn.detect_variables import DEFAULTS, FLOATS, SWITCHES, TEXTS, WHOLES
from netkit.eblearn.kept_variables import KeptVariables, escaped
from netkit.eblearn.run_settings import Values, energy_of
from netkit.eblearn.typed_values import kept_number, number, numbers, switch, whole
from netkit.errors import NetkitError

SHARED = {"hzpad", "wzpad", "scaling", "min_scale", "max_scale"}
LEAST_DEFAULT = "-1"  # of input_height and input_width: as they are
FILMS = "v4l2", "opencv", "mac", "windows", "mcams"  # what EBLearn calls cameras with a number


def read_detect(
    conf: ConfFile, kept: KeptVariables, known: Mapping[str, Any], notes: dict[str, str]
) -> tuple[dict[str, str], Values]:
    """Return (choices, values) of what a file says of netkit detect; see run_settings.read_run."""
    for name, default in DEFAULTS.items():
        conf.values.setdefault(name, default)
    values: Values = {}
    for name in FLOATS:
        if conf.get(name):
            values[name] = kept_number(conf, kept, name)
    for name in WHOLES:
        if conf.get(name):
            values[name] = kept_number(conf, kept, name, is_whole=True)
    for name in SWITCHES:
        if conf.get(name):
            values[name] = switch(conf, name)
    for name in TEXTS:
        if conf.get(name):
            values[name] = kept.text(name)
    values |= sizes(conf) | confidences(conf) | overlaps(conf, notes) | gain(conf)
    values |= source(conf, kept, notes) | net_files(conf, kept, notes)
    own = {name: value for name, value in values.items() if name in known}
    return {"energy": energy_of(conf)}, own


def sizes(conf: ConfFile) -> Values:
    """Return how large images are made and looked at."""
    found: Values = {}
    for name in ("input_height", "input_width"):
        if conf.get(name, LEAST_DEFAULT) != LEAST_DEFAULT:
            found[name] = whole(conf, name)
    if conf.get("scales"):
        found["scales"] = [word for word in re.split(r"[,\s]+", conf.get("scales")) if word]
    if conf.get("smoothing_kernel"):
        sides = conf.get("smoothing_kernel").replace("x", ",")
        conf.values["smoothing_kernel"] = sides
        found["smoothing_kernel"] = numbers(conf, "smoothing_kernel")[0]
    return found


def confidences(conf: ConfFile) -> Values:
    """Return the least confidences; EBLearn's may lie below 0, where all pass.

    Older files have a `threshold` alone.
    """
    before = "pre_threshold" if conf.get("pre_threshold") else "threshold"
    least = {"threshold": before, "post_threshold": "post_threshold"}
    return {ours: min(1.0, max(0.0, number(conf, name, 0.0))) for ours, name in least.items()}


def overlaps(conf: ConfFile, notes: dict[str, str]) -> Values:
    """Return how near boxes have to be to match: netkit compares the IoU, EBLearn 1 - IoU."""
    found: Values = {"nms_per_class": False}
    for name in ("max_overlap", "vote_max_overlap"):
        found[name] = round(min(1.0, max(0.0, 1 - number(conf, name, 0.0))), 12)
    nms = conf.get("nms")
    for side in ("max_hcenter_dist", "max_wcenter_dist"):
        ours, votes = number(conf, side, 0.0), number(conf, f"vote_{side}", 0.0)
        if nms == "2":  # voting alone, and so by its own distance
            found[side] = votes
        elif nms == "3" and votes != ours:
            notes[f"vote_{side}"] = f"voting and overlap have one distance here: {side} = {ours:g}"
    return found


def gain(conf: ConfFile) -> Values:
    """Return input_gain, without what the net does itself: it multiplies pixels by data_coeff."""
    if not conf.get("input_gain"):
        return {}
    ratio = number(conf, "input_gain") / (number(conf, "data_coeff", 1.0) or 1.0)
    return {} if math.isclose(ratio, 1) else {"input_gain": ratio}


def source(conf: ConfFile, kept: KeptVariables, notes: dict[str, str]) -> Values:
    """Return what to look at: a folder, files in it, or a camera."""
    camera, folder = conf.get("camera"), conf.get("input_dir")
    if camera == "directory" or (folder and not camera):
        if not folder:
            notes["input_dir"] = "names no folder: give input=FILE or a folder; or see ten digits"
            return {}
        place = found_path(conf, "input_dir", kept)
        names = [word for word in re.split(r"[,\s]+", conf.get("input_list")) if word]
        if len(names) > 1:  # a list, which import_conf writes into a file
            return {"input_list": [f"{place}/{name}" for name in names]}
        return {"input": f"{place}/{names[0]}" if names else place}
    if camera in FILMS:
        digits = re.findall(r"\d+", conf.get("device"))
        return {"camera": int(digits[-1]) if digits else 0}
    if camera:
        notes["camera"] = f"there is no {camera} here: give input=FILE, a folder, or camera=NUMBER"
    return {}


def net_files(conf: ConfFile, kept: KeptVariables, notes: dict[str, str]) -> Values:
    """Return the file of weights, and that of the classes if it is there."""
    words = [word for word in re.split(r"[,\s]+", conf.get("weights")) if word]
    if len(words) > 1:
        raise NetkitError(
            f"{conf.path}: weights = {conf.get('weights')}: netkit takes one file: join them"
        )
    found: Values = {"weights": last_weights(conf)}
    if words:
        bare = Path(words[0]).name == words[0]  # one that a run has written: netkit looks for it
        found["weights"] = kept.text("weights") if bare else found_path(conf, "weights", kept)
    if conf.get("classes"):
        if is_there(conf, conf.get("classes")):
            found["classes"] = found_path(conf, "classes", kept)
        else:
            notes["classes"] = f"{conf.get('classes')}: there is no such file: they are numbers"
    return found


def last_weights(conf: ConfFile) -> str:
    """Return the file that EBLearn's train writes after its last iteration."""
    iterations = conf.get("iterations")
    return f"{title(conf)}_net{int(iterations) if iterations.isdigit() else 0:05d}.mat"


def title(conf: ConfFile) -> str:
    """Return the name of a file's job, with which its files of weights begin."""
    name = conf.get("job_name") or conf.get("name") or conf.path.stem
    return re.sub(r"[^\w.\-]+", "_", name)


def is_there(conf: ConfFile, path: str) -> Path | None:
    """Return where a path is: from this folder, from the file's, or as a name beside the file."""
    beside = conf.path.parent
    for place in (Path(path), beside / path, beside / Path(path).name):
        if path and os.path.exists(place):  # False where a name is too long for one
            return place
    return None


def found_path(conf: ConfFile, name: str, kept: KeptVariables) -> str:
    """Return the path that a variable has: as it stands there, or where it was found."""
    path = conf.get(name)
    place = is_there(conf, path)
    return kept.text(name) if place in (None, Path(path)) else escaped(str(place))

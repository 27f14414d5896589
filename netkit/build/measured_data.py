"""What netkit evaluate measures a classifier on: a data set, or the images of class folders."""

import logging
import shlex
from pathlib import Path
from typing import Any

import numpy as np

from netkit.arguments import signature_of
from netkit.build.parts import make_data, settings
from netkit.checks import Whole, taken
from netkit.classification.items import UNKNOWN, Item, Part, folder_items, some
from netkit.dataset import Dataset
from netkit.errors import NetkitError
from netkit.files.folders import FolderSettings, listed
from netkit.registry import Registry
from netkit.types import Array

log = logging.getLogger("netkit")
NULLS = "root", "train_size", "val_size", "limit_classes"  # variables of data sets
WITH_BOXES = "boxes", "windows"  # data sets of annotated pictures
FITTED = "size", "channels"  # of a folder: what the net's input is, whatever is said


def words_said(cfg: dict[str, Any]) -> set[str]:
    """Return the names of the variables in the command of a configuration: {"root", "data.fit"}."""
    words = shlex.split(cfg.get("command", ""))[2:]
    return {word.partition("=")[0].lstrip("+") for word in words}


def make_measured(registry: Registry, cfg: dict[str, Any], meta: dict[str, Any]) -> Dataset:
    """Make the data set of cfg["data"]: as the run had it, where it was trained on the same kind.

    meta: of its weights, see Checkpoint.  What the command says replaces what the run had.
    """
    said, run = words_said(cfg), meta["config"]
    spec = dict(cfg["data"])
    cls = registry.get("dataset", str(spec.get("type")))
    if kind_of(run) == spec["type"]:
        spec = run["data"] | {k: v for k, v in spec.items() if f"data.{k}" in said}
        names = {*signature_of(cls).parameters, "limit_classes", "limit_classes_random", "seed"}
        cfg = cfg | {name: run[name] for name in names - said if name in run}
    # A null that stands there for something else, as `classes` does, is left to the data set.
    cfg = {name: v for name, v in cfg.items() if v is not None or name in (*NULLS, *said)}
    return make_data(registry, cfg | {"data": spec})


def kind_of(run: dict[str, Any]) -> Any:
    """Return the type of the data set that a run was trained on; None if nobody says it."""
    data = run.get("data")
    return data.get("type") if isinstance(data, dict) else None


def truths(ours: list[str], data: Dataset, labels: Array) -> Array:
    """Return the classes (N,) of samples as the net numbers them, UNKNOWN of those it has not.

    ours: the names of the net's classes.  labels: (N,), as the data set numbers them. Classes are
    told by their names; those of a data set without names by their numbers.
    """
    theirs = data.classes
    nameless = theirs == [str(k) for k in range(len(theirs))] and len(theirs) <= len(ours)
    if not set(ours) & set(theirs):
        if nameless:
            return labels
        raise NetkitError(
            f"the net's classes are {some(ours)}, the data's {some(theirs)}: none is shared"
        )
    if strange := [name for name in theirs if name not in ours]:
        log.warning("%s: no class of this net (%s): left out", some(strange), some(ours))
    numbers = {name: k for k, name in enumerate(ours)}
    return np.array([numbers.get(name, UNKNOWN) for name in theirs], np.int64)[labels]


def measured_items(cfg: dict[str, Any], meta: dict[str, Any]) -> tuple[str, list[Item]]:
    """Return what is measured of a folder, in words, and its images.

    Of the folder that the net was trained on, those that were kept for testing; of another one all,
    or one part if it is divided into train/ and val/. What the command says of how a folder is
    shared out (data.val_share and so on) is done with any.
    """
    said, classes = words_said(cfg), meta["classes"]
    part = taken("part", cfg["part"], Part)
    home = meta.get("images", {}).get("root")
    root = Path(cfg["root"] or home or "")
    if not (cfg["root"] or home):
        raise NetkitError("root=null: name the folder that holds a folder of images for each class")
    if not root.is_dir():
        raise NetkitError(
            f"root={root}: there is no such folder: it holds a folder of images for each class"
        )
    for name in FITTED:
        if f"data.{name}" in said:
            raise NetkitError(f"data.{name}: images are brought to the size of the net: leave it")
    names = set(signature_of(FolderSettings).parameters) - {"fit", "fill", *FITTED}
    at_home = home is not None and root.resolve() == Path(home)
    if not at_home and not {f"data.{name}" for name in names} & said:
        items = list(folder_items(root, classes, part).things)
        if not any(item.truth != UNKNOWN for item in items):
            raise NetkitError(
                f"root={root}: no folder of images there is called as a class of this net "
                f"({some(classes)}): name them alike"
            )
        return f"{root}", items
    run = meta["config"] if at_home else cfg
    spec = settings(run, FolderSettings) | run["data"]
    spec |= {k: v for k, v in cfg["data"].items() if f"data.{k}" in said}
    wanted = FolderSettings(**{name: spec[name] for name in names if name in spec})
    known, *parts = listed(root, wanted)
    limit = (run if at_home and f"{part}_size" not in said else cfg).get(f"{part}_size")
    pairs = parts[part == "val"][: taken(f"{part}_size", limit, Whole | None)]
    if not pairs:
        raise NetkitError(
            f"part={part}: data.val_share={wanted.val_share} leaves none of {root}: give another"
        )
    numbers = {name: k for k, name in enumerate(classes)}
    items = [Item(str(p), p, numbers.get(known[k], UNKNOWN)) for p, k in pairs]
    return f"{root}, the part to {'test' if part == 'val' else 'train'} on", items

"""A Classifier from a configuration: the net of a weights file, and how images become its own."""

import logging
from typing import Any, NamedTuple

from netkit.build.trained import load_trained, net_of
from netkit.checks import Count, taken
from netkit.classification.classifier import Classifier
from netkit.classification.fitting import Fitting
from netkit.detection.look import background_of
from netkit.errors import NetkitError
from netkit.registry import Registry

log = logging.getLogger("netkit")
LARGEST = 65536  # images of a batch: more of them only take more memory


class Trained(NamedTuple):
    """A Classifier, and what its weights file says of it: see Checkpoint."""

    classifier: Classifier
    meta: dict[str, Any]


def make_classifier(registry: Registry, cfg: dict[str, Any]) -> Trained:
    """Make the Classifier of the weights that a configuration names."""
    if not cfg["weights"]:
        raise NetkitError(
            "weights=null: name a trained net: weights=outputs/DATE/TIME, the folder of a run "
            "of netkit train, or a weights file"
        )
    checkpoint = load_trained(registry, cfg)
    net, energy, classes = net_of(registry, checkpoint, cfg)
    if energy.targets == "boxes":
        weights = cfg["weights"]
        raise NetkitError(
            f"weights={weights}: this net finds boxes in whole images: "
            f"netkit detect weights={weights}"
        )
    fitting = make_fitting(checkpoint.meta, net.shape, cfg)
    for line in doubts(cfg["weights"], classes, fitting):
        log.warning(line)
    top = taken("top", cfg["top"], Count)
    return Trained(Classifier(net, energy, classes, fitting=fitting, top=top), checkpoint.meta)


def make_fitting(meta: dict[str, Any], shape: tuple[int, ...], cfg: dict[str, Any]) -> Fitting:
    """Make the Fitting that weights describe, with what a configuration says of it."""
    given = {name: cfg.get(name) for name in ("fit", "fill", "invert")}
    return Fitting.of(meta, shape, given)


def doubts(weights: str, classes: list[str], fitting: Fitting) -> list[str]:
    """Return lines of warning about a net that answers pictures as no user would expect."""
    lines = []
    if background_of(classes) is not None:
        lines.append(
            f"weights={weights}: this net knows background, so it is for finding things in whole "
            f"images: netkit detect weights={weights}; here each image gets one answer"
        )
    if fitting.pixels == "numbers":
        lines.append(
            f"weights={weights}: it was trained on numbers outside of 0..255, which pictures do "
            "not have: train it on pixels, with data_bias and data_coeff, or give arrays from "
            "Python"
        )
    return lines

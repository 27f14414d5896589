"""A Detector from a configuration: the net of a weights file and the settings of how to look."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from netkit.build.parts import settings
from netkit.build.thresholds import with_threshold
from netkit.build.trained import load_trained, net_of
from netkit.detection.detector import Detector
from netkit.detection.look import Look, background_of
from netkit.detection.pyramid import FIT, NETWORK, ORIGINAL, STEP, Pyramid
from netkit.detection.suppression import VOTES, Suppression
from netkit.energy import Energy
from netkit.net import Net
from netkit.registry import Registry

log = logging.getLogger("netkit")
DEFAULTS = {  # what null stands for
    "scaling": 1.4,
    "nms": 1,
    "nms_per_class": True,
    "max_overlap": 0.5,
    "vote_max_overlap": 0.5,
    "post_threshold": 0.0,
    "invert": False,
}
DEFAULTS_OF_THE_PACKAGED_DETECTOR = {  # what null stands for where no weights are named
    "scaling": 1.2,
    "nms": 3,
    "nms_per_class": False,
    "max_overlap": 0.15,
    "vote_max_overlap": 0.4,
    "post_threshold": 0.5,
    "invert": "auto",
}
PACKAGED = Path(__file__).parent.parent / "plugins" / "digits" / "detector.safetensors"


def make_detector(
    registry: Registry, cfg: dict[str, Any], say: Callable[[str], object] = log.info
) -> Detector:
    """Make the Detector of the weights file that a configuration names, or of the packaged one.

    say: is told which threshold is taken, where the weights know one.
    """
    checkpoint = load_trained(registry, cfg | {"weights": cfg["weights"] or str(PACKAGED)})
    net, energy, classes = net_of(registry, checkpoint, cfg)
    return detector_of(net, energy, classes, cfg=cfg, meta=checkpoint.meta, say=say)


def detector_of(
    net: Net,
    energy: Energy,
    classes: list[str],
    *,
    cfg: dict[str, Any],
    meta: dict[str, Any],
    say: Callable[[str], object] = log.info,
) -> Detector:
    """Make the Detector of a net that is there, with the settings of a configuration.

    meta: what its weights file says beside the weights.  say: as for `make_detector`.
    """
    whole = energy.targets == "boxes"  # it was trained on whole images, not on windows of them
    cfg = with_threshold(with_defaults(filled(cfg, VOTES) if whole else cfg), meta, say)
    knows = background_of(classes, cfg["background_name"]) is not None
    # A net that knows no background would answer everywhere: it gives a whole image one answer.
    cfg = filled(cfg, {"scaling_type": STEP if knows and not whole else FIT})
    pyramid = Pyramid(net.shape[1:], **settings(cfg, Pyramid))
    several = pyramid.scaling_type not in (ORIGINAL, NETWORK, FIT)  # windows beside the whole image
    if several and not (knows or whole):
        log.warning(
            "this net knows no background, so it answers everywhere: train one with "
            "data=digits_background, or leave scaling_type out: then each image gets one answer, "
            "as netkit classify gives it"
        )
    border = 0.25 if several and knows else 0.0
    threshold = 0.2 if whole else 0.5 if knows else 0.0
    cfg = filled(cfg, {"threshold": threshold, "hzpad": border, "wzpad": border})
    return Detector(
        net,
        energy,
        classes,
        pyramid=pyramid,
        suppression=Suppression(**settings(cfg, Suppression)),
        look=Look(**settings(cfg, Look)),
    )


def with_defaults(cfg: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration with its nulls filled in, as suits the detector that it names."""
    return filled(cfg, DEFAULTS if cfg["weights"] else DEFAULTS_OF_THE_PACKAGED_DETECTOR)


def filled(cfg: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration in which what is null is taken from `defaults`."""
    return cfg | {name: value for name, value in defaults.items() if cfg[name] is None}

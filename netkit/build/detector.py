"""A Detector from a configuration: the net of a weights file and the settings of how to look."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from netkit.build.parts import settings
from netkit.build.thresholds import known_threshold
from netkit.build.trained import load_trained, net_of
from netkit.detection.detector import Detector
from netkit.detection.look import Look, background_of
from netkit.detection.pyramid import FIT, NETWORK, ORIGINAL, STEP, Pyramid
from netkit.detection.suppression import VOTES, Suppression
from netkit.energy import Energy
from netkit.net import Net
from netkit.registry import Registry

log = logging.getLogger("netkit")
DEFAULTS = {  # what null stands for where the weights do not say it
    "scaling": 1.4,
    "max_scale": 2.0,
    "nms": 1,
    "nms_per_class": True,
    "max_overlap": 0.5,
    "vote_max_overlap": 0.5,
    "post_threshold": 0.0,
    "invert": False,
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
    looking = meta.get("looking", {})
    given, cfg = cfg, with_defaults(filled(cfg, VOTES) if whole else cfg, looking)
    cfg |= known_threshold(given, meta, Suppression(**settings(cfg, Suppression)), say)
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
        looking=looking,
    )


def with_defaults(cfg: dict[str, Any], looking: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration with its nulls filled in, first by what the net's weights say."""
    return filled(filled(cfg, looking), DEFAULTS)


def filled(cfg: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration in which what is null is taken from `defaults`."""
    nulls = {name for name, value in cfg.items() if value is None}
    return cfg | {name: value for name, value in defaults.items() if name in nulls}

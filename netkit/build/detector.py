"""What detect and evaluate make of a configuration: a Detector with all of its settings."""

import logging
from pathlib import Path

from netkit.build.trained import load_net
from netkit.detection.detector import BACKGROUND, Detector
from netkit.detection.pyramid import Pyramid
from netkit.detection.smooth import Smooth
from netkit.detection.suppression import Suppression
from netkit.errors import NetkitError

log = logging.getLogger("netkit")
USUAL = {
    "scaling": 1.4,
    "nms": 1,
    "nms_per_class": True,
    "max_overlap": 0.5,
    "vote_max_overlap": 0.5,
    "post_threshold": 0.0,
    "invert": False,
}
CARRIED = {
    "scaling": 1.2,
    "nms": 3,
    "nms_per_class": False,
    "max_overlap": 0.15,
    "vote_max_overlap": 0.4,
    "post_threshold": 0.5,
    "invert": "auto",
}
PRETRAINED = Path(__file__).parent.parent / "plugins" / "digits" / "detector.safetensors"


def settled(cfg):
    """Return `cfg` with what is null of USUAL taken from there, or from CARRIED if no weights are
    named.
    """
    usual = USUAL if cfg["weights"] else CARRIED
    return cfg | {name: value for name, value in usual.items() if cfg[name] is None}


def make_detector(registry, cfg):
    """Make a Detector of a weights file: it holds all that its net needs, the configuration how to
    look.
    """
    cfg = settled(cfg)
    net, energy, classes = load_net(registry, cfg | {"weights": cfg["weights"] or str(PRETRAINED)})
    background = cfg["background_name"] or BACKGROUND
    if cfg["background_name"] and background not in classes:
        raise NetkitError(
            f"background_name={background}: the net's classes are {', '.join(classes)}"
        )
    knows = background in classes
    kind = cfg["scaling_type"]
    pyramid = make_pyramid(cfg, net.shape[1:], (3 if knows else 4) if kind is None else kind)
    if not knows and pyramid.kind not in (4, 5):
        log.warning(
            "this net knows no background, so it answers everywhere: train one with data=digits_background, or use "
            "scaling_type=original"
        )
    border = 0.25 if knows and pyramid.kind not in (4, 5) else 0.0
    hpad, wpad = (
        border if cfg[name] is None else number(cfg, name, 0, 4) for name in ("hzpad", "wzpad")
    )
    smoothing = Smooth(cfg["smoothing"], cfg["smoothing_kernel"]) if cfg["smoothing"] else None
    return Detector(
        net,
        energy,
        classes,
        pyramid,
        make_suppression(cfg, net.ops),
        thresholds(cfg, classes, 0.5 if knows else 0.0),
        number(cfg, "post_threshold", 0),
        hpad,
        wpad,
        number(cfg, "input_gain", -1e6),
        (number(cfg, "pre_hfact", 0.01), number(cfg, "pre_wfact", 0.01)),
        (number(cfg, "post_hfact", 0.01), number(cfg, "post_wfact", 0.01)),
        cfg["bbox_ignore_outsiders"],
        smoothing,
        background,
        masked(cfg, classes),
        cfg["nthreads"],
    )


def make_pyramid(cfg, least, kind):
    names = "scaling", "min_scale", "max_scale", "nscales", "scales", "input_min", "input_max"
    return Pyramid(least, kind, **{name: cfg[name] for name in names})


def make_suppression(cfg, ops):
    for name in ("max_overlap", "vote_max_overlap"):
        number(cfg, name, 0, 1)
    names = "max_overlap", "vote_max_overlap", "max_hcenter_dist", "max_wcenter_dist"
    return Suppression(
        cfg["nms"], per_class=cfg["nms_per_class"], ops=ops, **{name: cfg[name] for name in names}
    )


def thresholds(cfg, classes, default):
    """Return the least confidence of each class: `threshold`, and what `class_threshold` says of
    some.
    """
    value = default if cfg["threshold"] is None else number(cfg, "threshold", 0, 1)
    table = dict.fromkeys(classes, value)
    for name, least in (cfg["class_threshold"] or {}).items():
        if str(name) not in table:
            raise NetkitError(
                f"class_threshold: there is no class {name}: there are {', '.join(classes)}"
            )
        table[str(name)] = number(
            {f"class_threshold.{name}": least}, f"class_threshold.{name}", 0, 1
        )
    return list(table.values())


def masked(cfg, classes):
    """Return the names of the classes that are not to be reported."""
    names = [str(name) for name in cfg["mask_class"] or []]
    for name in names:
        if name not in classes:
            raise NetkitError(
                f"mask_class={name}: there is no such class: there are {', '.join(classes)}"
            )
    return names


def number(cfg, name, least, most=1e9):
    """Return cfg[name] if it is a number from `least` to `most`."""
    value = cfg[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise NetkitError(
            f"{name}={value}: give a number from {least}" + (f" to {most:g}" if most < 1e9 else "")
        )
    return value

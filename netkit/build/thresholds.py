"""The threshold that weights know of themselves: where F1 was best; read, and written down."""

from collections.abc import Callable
from typing import Any

from netkit.build.parts import settings
from netkit.build.trained import load_trained
from netkit.detection.suppression import OVERLAP, THRESHOLD, Suppression
from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.training.finding import LEAST

AUTO = "auto"
KEEPING = THRESHOLD, OVERLAP  # suppression that leaves confidences as they are
HOLDING = ".safetensors", ".npz"  # weights files that hold a description


def with_threshold(
    cfg: dict[str, Any], meta: dict[str, Any], say: Callable[[str], object]
) -> dict[str, Any]:
    """Return a configuration whose `threshold`, if it is null or auto, is that of the weights.

    meta: of the weights; see Checkpoint.  say: is told which threshold is taken. Without one, null
    stays; auto raises NetkitError. Voting and soft suppression change confidences: there the
    threshold is asked for after them, and before them what was when it was measured.
    """
    if cfg["threshold"] not in (None, AUTO):
        return cfg
    known = meta.get("detection", {})
    if "threshold" not in known:
        if cfg["threshold"] == AUTO:
            raise NetkitError(
                "threshold=auto: these weights know none: netkit evaluate weights=RUN "
                "save_threshold=true finds the best one and writes it into them"
            )
        return cfg
    threshold, f1 = known["threshold"], known.get("f1")
    best = f" of {f1:.3f}" if isinstance(f1, float) else ""
    say(f"threshold={threshold:.3g}: of the best F1{best}, as these weights were measured")
    if Suppression(**settings(cfg, Suppression)).nms in KEEPING:
        return cfg | {"threshold": threshold}
    least = min(threshold, known.get("least", LEAST))
    after = cfg["post_threshold"] or threshold
    return cfg | {"threshold": least, "post_threshold": after}


def save_threshold(cfg: dict[str, Any], best: dict[str, Any], least: float) -> str:
    """Write the best threshold into the weights that a configuration names; return what was done.

    best: see `best_threshold`.  least: the threshold before suppression that it was measured with.
    """
    if not best:
        raise NetkitError("save_threshold=true: nothing was found that is right: none is best")
    checkpoint = load_trained(Registry(), {"weights": cfg["weights"]})
    path = checkpoint.path
    if path is None or path.suffix not in HOLDING:
        raise NetkitError(
            f"save_threshold=true: {path} cannot hold it: netkit convert {path} FILE.safetensors"
        )
    checkpoint.meta["detection"] = {**best, "least": least}
    checkpoint.save(path)
    return f"{path}: knows threshold={best['threshold']:.3g} now, which netkit detect takes"

"""The threshold that weights know of themselves: where F1 was best; read, and written down."""

from collections.abc import Callable
from typing import Any

from netkit.build.trained import load_trained
from netkit.detection.suppression import OVERLAP, THRESHOLD, Suppression
from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.training.finding import LEAST

AUTO = "auto"
KEEPING = THRESHOLD, OVERLAP  # suppression that leaves confidences as they are
HOLDING = ".safetensors", ".npz"  # weights files that hold a description


def known_threshold(
    cfg: dict[str, Any],
    meta: dict[str, Any],
    suppression: Suppression,
    say: Callable[[str], object],
) -> dict[str, Any]:
    """Return the thresholds that weights know, by the variables of netkit detect; {} if none.

    cfg: as it was given, whose `threshold` is null or auto where it is to be theirs: without one,
    auto raises NetkitError.  meta: of the weights; see Checkpoint.  say: is told which is taken.
    Voting and soft suppression change confidences: there the threshold is asked for after them, and
    before them what was when it was measured.
    """
    if cfg["threshold"] not in (None, AUTO):
        return {}
    known = meta.get("detection", {})
    if "threshold" not in known:
        if cfg["threshold"] == AUTO:
            raise NetkitError(
                "threshold=auto: these weights know none: netkit evaluate weights=RUN "
                "save_threshold=true finds the best one and writes it into them"
            )
        return {}
    threshold, f1 = known["threshold"], known.get("f1")
    best = f" of {f1:.3f}" if isinstance(f1, float) else ""
    say(f"threshold={threshold:.3g}: of the best F1{best}, as these weights were measured")
    if suppression.nms in KEEPING:
        return {"threshold": threshold}
    least = min(threshold, known.get("least", LEAST))
    return {"threshold": least, "post_threshold": cfg["post_threshold"] or threshold}


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

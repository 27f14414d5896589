"""What a configuration takes of a trained net: weights=, freeze= and rate_factors= of a run."""

import logging
from typing import TYPE_CHECKING, Any

from netkit.build.parts import outputs
from netkit.build.undescribed import declared
from netkit.dataset import Dataset
from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.net import Net
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint
from netkit.transfer.rates import LayerRates, layer_of

if TYPE_CHECKING:
    from netkit.transfer.taking import Taking

log = logging.getLogger("netkit")


def begin(registry: Registry, cfg: dict[str, Any], net: Net, data: Dataset) -> LayerRates:
    """Write what fits of the file cfg["weights"] into a net, and return how its layers learn.

    A run that goes on has its weights from its own checkpoint, whatever it began with. A run of
    before these settings has none of them.
    """
    rows = class_rows(registry, cfg, net, classes=len(data.classes))
    taking = None
    if cfg["weights"] and not cfg["resume"]:
        taking = take(cfg, net, data, rows=rows)
    rates = LayerRates(
        net,
        cfg.get("freeze"),
        cfg.get("rate_factors"),
        last=[layer_of(name) for name in rows],
        taken=taking.line(printable(cfg["weights"])) if taking else "",
    )
    untrained = [name for name in rates.frozen if taking is None or name in taking.new]
    if untrained and not cfg["resume"]:
        log.warning(
            "freeze: %s %s as drawn from the seed and will not learn: name weights=RUN that fit",
            ", ".join(untrained),
            "is" if len(untrained) == 1 else "are",
        )
    return rates


def take(cfg: dict[str, Any], net: Net, data: Dataset, *, rows: dict[str, int]) -> "Taking":
    """Write what fits of the file cfg["weights"] into a net; return what that is.

    rows: see Taking. To test a net, all of it must be there.
    """
    from netkit.transfer.taking import Taking  # most runs take none

    checkpoint = Checkpoint.load(cfg["weights"])
    meta = checkpoint.meta
    taking = Taking(
        net,
        checkpoint.named({name: a.shape for name, a in {**net.weights, **net.states}.items()}),
        classes=data.classes,
        their_classes=meta.get("classes", ()),
        rows=rows,
    )
    taking.check(str(checkpoint.path), meta.get("config", {}).get("arch", {}).get("name"))
    if cfg["test_only"] and not taking.complete:
        line = taking.line(str(checkpoint.path))
        raise NetkitError(f"test_only=true: weights {line}: test it whole")
    taking.apply()
    scale = {"bias": data.bias, "coeff": data.coeff}
    if meta and any(meta[name] != scale[name] for name in scale):
        log.warning(
            "weights %s: trained on (pixel + %g) * %g, and sees (pixel + %g) * %g here: "
            "data_bias=%g data_coeff=%g are its own",
            *(printable(checkpoint.path), meta["bias"], meta["coeff"], data.bias, data.coeff),
            *(meta["bias"], meta["coeff"]),
        )
    return taking


def class_rows(
    registry: Registry, cfg: dict[str, Any], net: Net, *, classes: int
) -> dict[str, int]:
    """Return {"layer.name": axis} of a net's arrays that have a row for each class.

    They are those that one class more would make one longer along one axis.
    """
    answers = outputs(registry, cfg, classes)
    if answers < classes:
        return {}  # one output for two classes: no row is of either
    try:
        more = declared(registry, cfg["arch"], net.shape, answers + 1)
    except NetkitError:  # an arch that can answer no other number of classes
        return {}
    rows = {}
    for name, (_, _, shape) in net.places.items():
        longer = more.get(name, ())
        grown = [k for k, (a, b) in enumerate(zip(shape, longer, strict=False)) if a != b]
        if len(grown) == 1 and len(shape) == len(longer) and shape[grown[0]] == answers:
            rows[name] = grown[0]
    return rows

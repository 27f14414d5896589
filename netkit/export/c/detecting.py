"""A detector in C: boxes from the outputs at every cell, as netkit detect has them at one scale."""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.build.detector import DEFAULTS, detector_of
from netkit.build.trained import net_of
from netkit.detection.detector import Detector
from netkit.detection.pyramid import ORIGINAL, TYPES
from netkit.detection.suppression import OVERLAP, SOFT, VOTING, VOTING_OVERLAP
from netkit.errors import NetkitError
from netkit.export.c.text import number, part
from netkit.export.plan import Plan
from netkit.registry import Registry
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.checkpoint import Checkpoint

log = logging.getLogger("netkit")
NEVER = 2.0  # a score that no class has


def detect_parts(
    registry: Registry, checkpoint: "Checkpoint", plan: Plan, cfg: Mapping[str, Any]
) -> tuple[str, str]:
    """Return what net_detect adds to a header and to a source.

    cfg: as netkit detect has it, complete. Raises NetkitError for a setting that C does not have.
    """
    wanted = cfg.get("scaling_type")
    if wanted is not None and TYPES.take(wanted) != ORIGINAL:
        raise NetkitError(
            f"scaling_type={wanted}: a net in C looks at images of one size, as they are: leave it "
            "away, or give input_height and input_width"
        )
    quick = {"backend": {"type": "numpy"}}  # nothing is computed with it
    net, energy, classes = net_of(registry, checkpoint, dict(cfg) | quick)
    scales = {name: DEFAULTS[name] for name in ("scaling", "max_scale")}  # of no effect
    one_size = dict(cfg) | scales | {"scaling_type": "original"}
    detector = detector_of(net, energy, classes, cfg=one_size, meta=checkpoint.meta)
    refuse_others(detector)
    least, after = detector.least.copy(), detector.after.copy()
    least[detector.silent] = NEVER
    each, rows, columns = plan.shapes[plan.output]
    cell = boxes_cell(plan) if energy.targets == "boxes" else window_cell(plan, detector)
    functions, choose = suppression_parts(detector)
    source = part(
        "detect.c",
        least=listed(least),
        after=listed(after),
        cell=cell,
        suppression=functions,
        choose=choose,
        rows=rows,
        columns=columns,
        each=each,
    )
    return part("detect.h", cells=rows * columns), source


def refuse_others(detector: Detector) -> None:
    """Raise NetkitError for ways of looking that are not written in C."""
    look, plain = detector.look, (1, 1)
    odd = {
        "smoothing": look.smoothing,
        "input_gain": look.input_gain != 1,
        "hzpad and wzpad": any(detector.border),
        "pre_hfact and pre_wfact": look.pre_factors != plain,
        "post_hfact and post_wfact": look.post_factors != plain,
        "bbox_ignore_outsiders": look.bbox_ignore_outsiders,
        "nms=soft": detector.suppression.nms == SOFT,
        "max_hcenter_dist and max_wcenter_dist": any(detector.suppression.centres),
    }
    for name, found in odd.items():
        if found:
            raise NetkitError(f"{name}: not written in C: leave it away")


def suppression_parts(detector: Detector) -> tuple[str, str]:
    """Return the functions of suppression, and the lines that call them."""
    rule = detector.suppression
    functions, calls = [], []
    if rule.nms in (VOTING, VOTING_OVERLAP):
        functions.append(part("vote.c"))
        calls.append(f"    n = net_vote(net_found, n, {number(rule.vote_max_overlap)});")
    if rule.nms in (OVERLAP, VOTING_OVERLAP):
        functions.append(part("overlap.c"))
        same = int(rule.per_class)
        calls.append(f"    n = net_suppress(net_found, n, {number(rule.max_overlap)}, {same});")
    return "\n".join(functions), "\n".join(calls)


def window_cell(plan: Plan, detector: Detector) -> str:
    """Return the function that reads a cell of a net that was trained on windows."""
    if plan.reading != {"kind": "softmax"}:
        energy = plan.meta["config"]["energy"]["type"]
        raise NetkitError(
            f"energy {energy}: a cell's confidence is written in C for energy=cross_entropy and "
            "boxes alone: train with one of them, or write it for the net's own size"
        )
    (high, wide), (down, across) = detector.net.shape[1:], plan.grid[2]
    return part(
        "windows.c",
        high=listed(high * detector.shapes[:, 0]),
        wide=listed(wide * detector.shapes[:, 1]),
        down=number(down),
        across=number(across),
        window_height=high,
        window_width=wide,
    )


def boxes_cell(plan: Plan) -> str:
    """Return the function that reads a cell of a net of boxes."""
    starts, fields, (down, across) = plan.grid
    reading = plan.reading or {}
    return part(
        "boxes.c",
        start_down=number(starts[0] + fields[0] / 2),
        start_across=number(starts[1] + fields[1] / 2),
        down=number(down),
        across=number(across),
        prior=number(reading["prior"]),
        largest=number(reading["largest"]),
    )


def listed(values: Array) -> str:
    """Return numbers as C lists them."""
    return ", ".join(number(value) for value in np.asarray(values, float))

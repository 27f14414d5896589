"""From a configuration to training in eight bits: quantize=true."""

from typing import Any

import numpy as np

from netkit.build.calibration import check_pixels, evenly
from netkit.checks import Amount, Whole, taken
from netkit.dataset import Dataset
from netkit.net import Net
from netkit.registry import Registry
from netkit.rounding import Rounding
from netkit.training.checkpoint import Checkpoint
from netkit.training.quantized import Quantized

IMAGES = 64  # that formats are found by, evenly of the training set


def make_quantized(
    registry: Registry, cfg: dict[str, Any], net: Net, *, data: Dataset, meta: dict[str, Any]
) -> Quantized:
    """Let a net to be trained round, if cfg["quantize"] says so; return what says when and how.

    meta: of its checkpoints.  Raises NetkitError for a net, data or a backend that cannot.
    """
    if not taken("quantize", cfg.get("quantize", False), bool):
        return Quantized()
    from netkit.quantization.finding import formats_of

    check_pixels(meta, "quantize=true")
    chosen = evenly(len(data.train), IMAGES)
    images = np.asarray(data.train.images[chosen], np.float32)
    find = lambda: formats_of(registry, Checkpoint.of(net, meta), images)  # noqa: E731
    net.round(Rounding(net.ops, net.dtype, find()))
    iterations = taken("iterations", cfg["iterations"], Whole)
    first = 0.0 if cfg.get("weights") else min(1.0, iterations / 2)
    after = taken("quantize_after", cfg.get("quantize_after"), Amount | None)
    return Quantized(find, first if after is None else after)

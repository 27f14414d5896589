"""netkit quantize: a trained net in whole numbers of eight bits, and what each layer loses."""

from pathlib import Path
from typing import Any

import numpy as np

from netkit.build.calibration import calibration_images
from netkit.build.trained import load_trained
from netkit.checks import taken
from netkit.commands.columns import table
from netkit.errors import NetkitError
from netkit.export.plan import plan_of
from netkit.files.text import printable
from netkit.quantization.arithmetic import Format
from netkit.quantization.errors import Row
from netkit.quantization.quantizer import Quantizer
from netkit.quantization.ranges import Percent, Ranges
from netkit.quantization.saved import saved
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint

KEPT = "config", "classes", "shape", "bias", "coeff", "images", "looking", "plugins", "version"
ENDINGS = ".safetensors", ".npz"


def quantize(source: str, target_name: str | None, cfg: dict[str, Any]) -> str:
    """Write the net of weights in eight bits; return what was done, with the error by layer.

    target_name: a .safetensors or .npz file; int8.safetensors beside the weights if not given.
    cfg: of conf/quantize.yaml.  The file answers wherever weights do: classify, detect, evaluate,
    convert.
    """
    registry = Registry()
    checkpoint = load_trained(registry, cfg | {"weights": source})
    target = Path(target_name or (checkpoint.path or Path()).with_name("int8.safetensors"))
    if target.suffix not in ENDINGS:
        raise NetkitError(f"{target}: ends in '{target.suffix}': there are {', '.join(ENDINGS)}")
    if checkpoint.path and target.resolve() == checkpoint.path.resolve():
        raise NetkitError(f"{target}: is the net itself: give another name")
    ranges = Ranges(taken("percentile", cfg["percentile"], Percent | None))
    plan = plan_of(registry, checkpoint)
    images = calibration_images(registry, checkpoint, cfg)
    quantizer = Quantizer(plan, images.astype(np.float32), ranges, trained(checkpoint, ranges))
    program = quantizer.program()
    arrays, said = saved(program)
    meta = {name: checkpoint.meta[name] for name in KEPT if name in checkpoint.meta}
    Checkpoint(arrays, meta | {"int8": said}).save(target)
    how = "calibrated on" if quantizer.corrects else "ranges of its training, looked at on"
    floats = sum(4 * int(a.size) for a in checkpoint.named({}).values())
    return "\n".join(
        [
            f"{how} {quantizer.images} images; errors in percent of a layer's output, of "
            "the layer by itself and with those before it:",
            losses(quantizer.rows),
            f"{printable(target)}: {program.bytes():,} bytes of numbers, in float32 {floats:,}",
        ]
    )


def trained(checkpoint: Checkpoint, ranges: Ranges) -> dict[str, Format] | None:
    """Return the formats that training with quantize=true found, unless a percentile is asked."""
    found = checkpoint.meta.get("quantize")
    if found is None or ranges.percentile is not None:
        return None
    return {layer: Format(float(scale), int(zero)) for layer, (scale, zero) in found.items()}


def losses(rows: list[Row]) -> str:
    """Return the table of what each layer loses."""
    lines = [["layer", "step", "itself %", "in all %"]]
    lines += [[r.layer, r.kind, f"{100 * r.own:6.2f}", f"{100 * r.all:6.2f}"] for r in rows]
    return table(lines)

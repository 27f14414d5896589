"""netkit convert: weights from one kind of file to another, and to ONNX."""

from pathlib import Path

from netkit.build.trained import flattened, load_trained
from netkit.errors import NetkitError
from netkit.files.tensors import FORMATS
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint


def convert(source, target, cfg):
    """Write the weights in file `source` to file `target`, in the format of its ending; return what
    was done.

    cfg: as detect's; its arch is for a source that does not describe itself. A .mat keeps the
    numbers alone.
    """
    registry, target = Registry(), Path(target)
    if target.suffix not in (*FORMATS, ".onnx"):
        raise NetkitError(
            f"{target}: ends in '{target.suffix}': there are {', '.join(FORMATS)}, .onnx"
        )
    checkpoint = Checkpoint.load(source)
    if not (
        checkpoint.nameless is not None and target.suffix != ".safetensors" and not cfg.get("arch")
    ):
        checkpoint = load_trained(registry, cfg | {"weights": source})
    elif target.suffix == ".onnx":
        raise NetkitError(
            f"{source}: ONNX needs to know which net it is for: name it, arch=lenet5_eblearn"
        )
    if target.suffix == ".onnx":
        from netkit.export.onnx import export

        return export(registry, checkpoint, target)
    if target.suffix == ".mat":
        checkpoint = flattened(checkpoint, registry)
    checkpoint.save(target)
    numbers = sum(int(a.size) for a in checkpoint.tensors.values())
    return f"{target}: {numbers:,} numbers in {len(checkpoint.tensors)} arrays"

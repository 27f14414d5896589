"""netkit convert: weights from one kind of file to another, and to what runs without netkit."""

from importlib import import_module
from pathlib import Path
from typing import Any

from netkit.build.trained import load_trained
from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint
from netkit.weights import is_nameless

EXPORTS = {  # what an ending stands for, and the module whose `export` writes it
    ".onnx": ("ONNX", "netkit.export.onnx"),
    ".c": ("C", "netkit.export.c.writer"),
    ".html": ("a page", "netkit.export.page.html"),
}
INT8 = {  # those of a net in whole numbers
    ".onnx": ("ONNX", "netkit.quantization.onnx_file"),
    ".c": ("C", "netkit.quantization.c_file"),
    ".html": ("a page", "netkit.quantization.page_file"),
}


def convert(source: str, target_name: str, cfg: dict[str, Any]) -> str:
    """Write weights in the format of another file's ending; return what was done.

    cfg: as detect's; its arch is for a source that does not describe itself. A .mat keeps the
    numbers alone.
    """
    registry, target = Registry(), Path(target_name)
    endings = [*registry.found["weights"], *EXPORTS]
    if target.suffix not in endings:
        raise NetkitError(f"{target}: ends in '{target.suffix}': there are {', '.join(endings)}")
    checkpoint = Checkpoint.load(source, registry)
    exports = EXPORTS
    if "int8" in checkpoint.meta:
        exports = INT8
        if target.suffix not in (".safetensors", ".npz", *exports):
            checkpoint.named({})  # which says that it has no floats
    copied = is_nameless(checkpoint.tensors) and not cfg.get("arch")  # from numbers to numbers
    if copied and target.suffix in EXPORTS:
        kind, _ = EXPORTS[target.suffix]
        raise NetkitError(
            f"{source}: {kind} needs to know which net it is for: name it, arch=lenet5_eblearn"
        )
    if not copied or target.suffix == ".safetensors":
        checkpoint = load_trained(registry, cfg | {"weights": source})
    if target.suffix in exports:
        module = import_module(exports[target.suffix][1])
        more = {"cfg": cfg} if target.suffix == ".c" else {}  # sizes, and how to look for boxes
        return str(module.export(registry, checkpoint, target, **more))
    checkpoint.save(target)
    written = Checkpoint.load(target, registry).tensors
    numbers = sum(int(a.size) for a in written.values())
    return f"{target}: {numbers:,} numbers in {len(written)} arrays"

"""The net of a file of weights."""

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

from netkit.build.parts import make_backend, make_net
from netkit.build.undescribed import describe
from netkit.errors import NetkitError
from netkit.files.arrays import read_classes
from netkit.net import Net
from netkit.registry import Registry
from netkit.rounding import Rounding
from netkit.training.checkpoint import Checkpoint
from netkit.training.needs import ANSWER, refuse_missing
from netkit.types import Shape

if TYPE_CHECKING:
    from netkit.energy import Energy


def load_trained(registry: Registry, cfg: dict[str, Any]) -> Checkpoint:
    """Return the Checkpoint of cfg["weights"], its tensors named and its meta complete.

    A file that describes itself needs nothing; cfg["arch"], cfg["energy"], cfg["classes"] and
    cfg["dtype"], all of which may be None, serve a file without a description. Of a
    description, cfg["classes"] and cfg["dtype"] replace what it says.
    """
    if not cfg["weights"]:
        raise NetkitError(
            "weights=null: name the folder of a run or a file of weights: "
            "weights=outputs/DATE/TIME; weights=latest is the newest run"
        )
    checkpoint = Checkpoint.load(cfg["weights"], registry)
    classes = class_names(cfg.get("classes"))
    if not checkpoint.meta:
        describe(checkpoint, registry, cfg, classes)
    meta = checkpoint.meta
    if classes and len(classes) != len(meta["classes"]):
        raise NetkitError(
            f"classes={cfg['classes']}: {len(classes)} names for a net of "
            f"{len(meta['classes'])} classes"
        )
    meta["classes"] = classes or meta["classes"]
    if cfg.get("dtype"):
        meta["config"] = meta["config"] | {"dtype": cfg["dtype"]}
    return checkpoint


def load_net(registry: Registry, cfg: dict[str, Any]) -> tuple[Net, "Energy", list[str]]:
    """Return the net of the file cfg["weights"], its energy and the names of its classes."""
    return net_of(registry, load_trained(registry, cfg), cfg)


def net_of(
    registry: Registry, checkpoint: Checkpoint, cfg: dict[str, Any]
) -> tuple[Net, "Energy", list[str]]:
    """Return the net of a complete Checkpoint, on the backend of `cfg`, its energy and classes."""
    ops, meta = make_backend(registry, cfg), checkpoint.meta
    config, classes = meta["config"], meta["classes"]
    refuse_missing(registry, meta, ANSWER, f"weights {checkpoint.path}")
    scale = {"bias": meta["bias"], "coeff": meta["coeff"]}
    net = make_net(
        registry,
        config,
        meta["shape"],
        classes=len(classes),
        ops=ops,
        fits=of_about_its_size(checkpoint) if "int8" in meta else checkpoint.fitting,
        **scale,
    )
    if "int8" in meta:
        from netkit.quantization.net import IntegerNet
        from netkit.quantization.saved import restored

        program = restored(checkpoint.tensors, meta["int8"], f"weights {checkpoint.path}")
        net = IntegerNet(net.layers, net.shape, ops, program)
    else:
        checkpoint.restore(net)
        if "quantize" in meta:  # it answers as it was tested in training
            net.round(Rounding(ops, net.dtype, meta["quantize"]))
    return net, registry.make("energy", config["energy"]).bind(ops, net, len(classes)), classes


def of_about_its_size(checkpoint: Checkpoint) -> Callable[[dict[str, Shape]], None]:
    """Return what refuses an arch far larger than the net in eight bits that a file has.

    Such a file keeps no array of the arch as it was, and what it says of the arch is not to be
    believed so far that memory is taken for it.
    """
    have = sum(int(a.size) for a in checkpoint.tensors.values())

    def fits(places: dict[str, Shape]) -> None:
        need = sum(map(prod, places.values()))
        if need > 4 * have + 4096:
            raise NetkitError(
                f"weights {checkpoint.path}: {have:,} numbers in eight bits for an arch of "
                f"{need:,}: quantize the run anew"
            )

    return fits


def class_names(given: str | list[Any] | None) -> list[str] | None:
    """Return the names of classes: a list, or those in a file of them; None if not given."""
    if isinstance(given, str):
        return read_classes(given, "classes")
    return [str(name) for name in given] if given else None

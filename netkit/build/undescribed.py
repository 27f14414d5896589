"""What a file of weights that does not say it is for: the arch says it that the user names."""

from collections.abc import Sequence
from math import prod
from typing import TYPE_CHECKING, Any

from netkit.build.parts import kept_by, outputs
from netkit.errors import NetkitError
from netkit.net import build
from netkit.registry import Registry
from netkit.types import Shape

if TYPE_CHECKING:
    from netkit.training.checkpoint import Checkpoint


def describe(
    checkpoint: "Checkpoint", registry: Registry, cfg: dict[str, Any], classes: list[str] | None
) -> None:
    """Give a file's arrays their names in the arch that the configuration names, and a description.

    cfg["energy"] may be None: l2.  classes: names; None: as many as the number of weights says.
    """
    arch, path = cfg.get("arch"), checkpoint.path
    if not arch:
        raise NetkitError(
            f"weights {path}: the file does not say which net it is for: name it, arch=NAME"
        )
    given = arch.get("input") or {}
    if "shape" not in given:
        raise NetkitError(
            f"weights {path}: the arch {arch.get('name')} does not say what images it is for: "
            "+arch.input={shape: [1, 28, 28], coeff: 0.01}"
        )
    floats = {str(a.dtype) for a in checkpoint.tensors.values() if a.dtype.kind == "f"}
    config = {
        "arch": arch,
        "energy": cfg.get("energy") or {"type": "l2"},
        "seed": 0,
        "dtype": "float64" if "float64" in floats else "float32",
    }
    if classes:
        answers = outputs(registry, config, len(classes))
    else:
        answers = outputs_of(checkpoint, registry, arch)
    places = declared(registry, arch, given["shape"], answers)
    checkpoint.tensors = checkpoint.named(places, f"{arch.get('name')} with {answers} outputs")
    least = 2 if outputs(registry, config, 2) == 1 else 1  # one output may stand for two classes
    checkpoint.meta = {
        "config": config,
        "classes": classes or [str(k) for k in range(max(answers, least))],
        "shape": list(given["shape"]),
        "bias": given.get("bias", 0),
        "coeff": given.get("coeff", 1),
        "iteration": 0,
        "age": 0,
        "results": [],
    }


def outputs_of(checkpoint: "Checkpoint", registry: Registry, arch: dict[str, Any]) -> int:
    """Return with how many outputs the arch has as many weights as the file; ten if with none."""
    shape = arch["input"]["shape"]
    one, two = (sum(map(prod, declared(registry, arch, shape, n).values())) for n in (1, 2))
    have = sum(int(a.size) for name, a in checkpoint.tensors.items() if "/" not in name)
    whole = two > one and have >= one and (have - one) % (two - one) == 0
    return (have - one) // (two - one) + 1 if whole else 10


def places_of(
    registry: Registry, config: dict[str, Any], shape: Sequence[int], classes: int
) -> dict[str, Shape]:
    """Return {"layer.name": shape} of all that a configuration's net keeps, in the net's order."""
    return declared(registry, config["arch"], shape, outputs(registry, config, classes))


def declared(
    registry: Registry, arch: dict[str, Any], shape: Sequence[int], noutputs: int
) -> dict[str, Shape]:
    """Return {"layer.name": shape} of all that an arch's net keeps: weights, then statistics."""
    layers = registry.layers(arch.get("layers"), noutputs)
    build(layers, tuple(shape))
    return kept_by(layers)

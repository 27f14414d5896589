"""An arch by itself: what its layers read from files, put inside."""

from typing import Any

from netkit.errors import NetkitError
from netkit.limits import check_specs
from netkit.registry import Registry


def settled(registry: Registry, specs: Any) -> Any:
    """Return an arch's {name: {type: ..., ...}} as each layer settles it (Layer.settle).

    A run keeps that in its configuration, and needs no file besides. What is no layer, or of an
    unknown type, stays as it is: making the layers says so.
    """
    if not isinstance(specs, dict) or not specs:
        return specs
    check_specs(specs)
    return settled_layers(registry, specs)


def settled_layers(registry: Registry, specs: Any, prefix: str = "") -> Any:
    """Return the specs of layers, settled; prefix: of their names, where they stand in a layer."""
    if not isinstance(specs, dict):
        return specs
    return {name: settled_layer(registry, spec, f"{prefix}{name}") for name, spec in specs.items()}


def settled_layer(registry: Registry, spec: Any, where: str) -> Any:
    """Return the spec of one layer, and of those inside it, settled; where: its name in errors."""
    if not isinstance(spec, dict):
        return spec
    try:
        cls = registry.get("layer", str(spec.get("type")))
    except NetkitError:
        return spec
    inner = {n: settled_layers(registry, spec[n], f"{where}.") for n in registry.inner(spec)}
    settle = getattr(cls, "settle", dict)
    try:
        return settle({**spec, **inner})
    except NetkitError as error:
        raise NetkitError(f"{where}: {error}") from None

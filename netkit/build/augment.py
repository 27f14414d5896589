"""Augmentation as configured: the layers of cfg["augment"] before those of an arch."""

import logging
from typing import Any

from netkit.errors import NetkitError

log = logging.getLogger("netkit")
NAME = "augment"  # of the chain that holds them


def augmented(cfg: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration whose arch begins with the layers of cfg["augment"] that are on.

    They have no weights and act in training alone, so that only a net to be trained needs them.
    """
    specs = (cfg.get(NAME) or {}).get("layers") or {}
    if not isinstance(specs, dict):
        raise NetkitError(
            f"augment.layers: {specs!r:.100} is no mapping: write {{NAME: {{type: ...}}}}"
        )
    layers = cfg["arch"].get("layers")
    kept = {name: spec for name, spec in specs.items() if not isinstance(spec, dict) or on(spec)}
    if not kept or not isinstance(layers, dict):
        return cfg
    if NAME in layers:
        raise NetkitError(
            "arch.layers.augment: the layers of augment= go by that name: give the layer another"
        )
    warn_of_twins(kept, layers)
    first = {NAME: {"type": "chain", "layers": kept}}
    return cfg | {"arch": cfg["arch"] | {"layers": first | layers}}


def on(spec: dict[str, Any]) -> bool:
    """Return whether the spec of a layer is not left out."""
    return bool(spec.get("when", True))


def warn_of_twins(ours: dict[str, Any], layers: dict[str, Any]) -> None:
    """Say so if an arch has a kind of augmentation of its own that `augment` brings, too."""
    kinds = {str(spec.get("type")) for spec in ours.values() if isinstance(spec, dict)}
    for name, spec in layers.items():
        if isinstance(spec, dict) and on(spec) and str(spec.get("type")) in kinds:
            log.warning(
                "augment: the arch has a layer %s of its own, and both act: "
                "~arch.layers.%s takes that one away",
                *(name, name),
            )

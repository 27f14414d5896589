"""How the weights of each layer, and their gradient, are spread: histograms."""

from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.types import Array

if TYPE_CHECKING:
    from netkit.net import Net

BARS = 31
MOST = 50_000  # numbers of a layer that are counted; of more, every second, third, ...
LAYERS = 40


def histogram(values: Array) -> dict[str, Any]:
    """Return the counts of numbers in BARS bars of one width, from the least to the largest."""
    found = np.asarray(values, np.float64)[:: max(1, -(-values.size // MOST))]
    found = found[np.isfinite(found)]
    if not found.size:
        return {"low": 0.0, "high": 0.0, "counts": []}
    low, high = float(found.min()), float(found.max())
    counts = np.histogram(found, BARS, (low, high) if high > low else (low - 0.5, high + 0.5))[0]
    return {"low": low, "high": high, "counts": counts.tolist()}


def spreads(net: "Net", grads: Array | None) -> list[dict[str, Any]]:
    """Return of each layer with weights, the first LAYERS of them: {name, weights, gradients}.

    grads: the flat gradient on the host, None before there is one.
    """
    values = net.ops.to_host(net.values)
    parts: dict[str, list[slice]] = {}
    for full, (kind, place, _) in net.places.items():
        if kind == "weights":
            parts.setdefault(full.rpartition(".")[0], []).append(place)

    def of(flat: Array, places: list[slice]) -> dict[str, Any]:
        return histogram(np.concatenate([flat[place] for place in places]))

    return [
        {
            "name": name,
            "weights": of(values, places),
            "gradients": None if grads is None else of(grads, places),
        }
        for name, places in list(parts.items())[:LAYERS]
    ]

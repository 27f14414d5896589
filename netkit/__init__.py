"""netkit: small convolutional networks on plain arrays, designed in configuration."""

import importlib
from typing import Any

__version__ = "0.1.0"

# Looked up at first use, so that `import netkit` takes no time.
_PLACES = {
    "Backend": "netkit.backends.base",
    "Communicator": "netkit.communicator",
    "Dataset": "netkit.dataset",
    "Energy": "netkit.energy",
    "Layer": "netkit.layer",
    "Model": "netkit.model",
    "Net": "netkit.net",
    "NetkitError": "netkit.errors",
    "Optimizer": "netkit.optimizer",
    "Run": "netkit.api",
    "Samples": "netkit.dataset",
    "Scene": "netkit.scenes",
    "Scenes": "netkit.scenes",
    "Shards": "netkit.passes",
    "Visualizer": "netkit.visualizer",
    "WeightsFile": "netkit.weights",
    "compose": "netkit.api",
    "hookimpl": "netkit.hookspecs",
    "load": "netkit.api",
    "make": "netkit.api",
    "train": "netkit.api",
}
__all__ = sorted([*_PLACES, "__version__"])


def __getattr__(name: str) -> Any:
    """Return a public name, imported now."""
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'netkit' has no attribute '{name}'")


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__

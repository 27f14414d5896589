"""netkit: small convolutional networks on plain arrays, designed in configuration."""

import importlib

__version__ = "0.1.0"

# Looked up at first use, so that `import netkit` takes no time.
_PLACES = {
    "Backend": "netkit.backends.base",
    "Dataset": "netkit.dataset",
    "Energy": "netkit.energy",
    "Layer": "netkit.layer",
    "Net": "netkit.net",
    "NetkitError": "netkit.errors",
    "Optimizer": "netkit.optimizer",
    "Samples": "netkit.dataset",
    "Visualizer": "netkit.visualizer",
    "WeightsFile": "netkit.weights",
    "hookimpl": "netkit.hookspecs",
}
__all__ = sorted([*_PLACES, "__version__"])


def __getattr__(name):
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    raise AttributeError(f"module 'netkit' has no attribute '{name}'")


def __dir__():
    return __all__

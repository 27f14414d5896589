"""What several commands make of a configuration: the backend, the net, checked numbers."""

from netkit.errors import NetkitError
from netkit.net import Net


def make_backend(registry, cfg):
    """Make the backend that `cfg` names."""
    return registry.make("backend", cfg["backend"], "backend")


def make_net(registry, cfg, shape, noutputs, ops, bias, coeff):
    """Build the net of cfg["arch"] for samples of `shape` and so many classes."""
    if cfg["dtype"] not in ("float32", "float64"):
        raise NetkitError(f"dtype={cfg['dtype']}: there are float32, float64")
    layers = registry.layers(cfg["arch"]["layers"], outputs(registry, cfg, noutputs))
    return Net(layers, shape, ops, cfg["dtype"], whole(cfg, "seed"), bias, coeff)


def outputs(registry, cfg, classes):
    """Return how many outputs the energy of `cfg` needs for so many classes: what `noutputs` in an arch stands for."""
    return registry.make("energy", cfg["energy"]).outputs(classes)


def whole(cfg, name, least=0):
    """Return cfg[name] if it is a whole number of at least `least`."""
    value = cfg[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise NetkitError(f"{name}={value}: give a whole number from {least}")
    return value

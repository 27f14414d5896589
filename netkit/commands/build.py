"""What several commands make of a configuration: the backend, the net, checked numbers."""

from netkit.checkpoint import Checkpoint
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


def load_net(registry, cfg):
    """Return the net of the weights file cfg["weights"], its energy and the names of its classes."""
    if not cfg["weights"]:
        raise NetkitError("weights=null: name the file of a trained net, weights=outputs/.../best.safetensors")
    checkpoint, ops = Checkpoint.load(cfg["weights"]), make_backend(registry, cfg)
    meta = checkpoint.meta
    config, classes = meta["config"], meta["classes"]
    net = make_net(registry, config, meta["shape"], len(classes), ops, meta["bias"], meta["coeff"])
    checkpoint.restore(net)
    return net, registry.make("energy", config["energy"]).bind(ops, net, len(classes)), classes

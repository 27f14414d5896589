"""What several commands make of a configuration: the backend, the data, the net, checked
numbers.
"""

import logging

import numpy as np

from netkit.dataset import Samples
from netkit.errors import NetkitError, flag
from netkit.net import Net

log = logging.getLogger("netkit")


def make_backend(registry, cfg):
    """Make the backend that `cfg` names."""
    ops = registry.make("backend", cfg["backend"], "backend")
    log.info("backend %s", ops.about)
    return ops


def make_data(registry, cfg):
    """Make the data set that `cfg` describes, with the classes of it that limit_classes leaves."""
    data = registry.make("dataset", cfg["data"], "data")
    if cfg["limit_classes"] is not None:
        limit_classes(
            data,
            cfg["limit_classes"],
            flag("limit_classes_random", cfg["limit_classes_random"]),
            cfg["seed"],
        )
    return data


def limit_classes(data, keep, at_random, seed):
    """Keep some classes of a data set: a list of names, or how many: the first ones, or ones drawn
    from the seed.
    """
    names = data.classes
    if isinstance(keep, int) and not isinstance(keep, bool) and 1 <= keep <= len(names):
        order = (
            np.random.default_rng([seed, 17]).permutation(len(names))
            if at_random
            else np.arange(len(names))
        )
        kept = sorted(order[:keep].tolist())
    elif isinstance(keep, list) and keep and {str(name) for name in keep} <= set(names):
        kept = [names.index(str(name)) for name in keep]
    else:
        raise NetkitError(
            f"limit_classes={keep}: give a number from 1 to {len(names)}, or some of {', '.join(names)}"
        )
    data.train, data.val = (of_classes(samples, kept) for samples in (data.train, data.val))
    data.classes = [names[k] for k in kept]


def of_classes(samples, kept):
    """Return the samples of the classes `kept`, labelled by their places in it."""
    chosen = np.flatnonzero(np.isin(samples.labels, kept))
    places = {label: k for k, label in enumerate(kept)}
    return Samples(
        samples.images[chosen], np.array([places[int(n)] for n in samples.labels[chosen]], np.int64)
    )


def make_net(registry, cfg, shape, noutputs, ops, bias, coeff):
    """Build the net of cfg["arch"] for samples of `shape` and so many classes."""
    if cfg["dtype"] not in ("float32", "float64"):
        raise NetkitError(f"dtype={cfg['dtype']}: there are float32, float64")
    layers = registry.layers(cfg["arch"]["layers"], outputs(registry, cfg, noutputs))
    return Net(layers, shape, ops, cfg["dtype"], whole(cfg, "seed"), bias, coeff)


def outputs(registry, cfg, classes):
    """Return how many outputs the energy of `cfg` needs for so many classes: what `noutputs` in an
    arch stands for.
    """
    return registry.make("energy", cfg["energy"]).outputs(classes)


def whole(cfg, name, least=0):
    """Return cfg[name] if it is a whole number of at least `least`."""
    value = cfg[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise NetkitError(f"{name}={value}: give a whole number from {least}")
    return value

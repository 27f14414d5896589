"""What netkit train and netkit report make of a configuration: a Trainer with all that it needs."""

import inspect

from netkit import __version__
from netkit.build.parts import make_backend, make_data, make_net, whole
from netkit.training.checkpoint import Checkpoint
from netkit.training.sampling import Sampling
from netkit.training.trainer import Trainer
from netkit.training.validation import Validation


def make_trainer(registry, cfg, folder):
    """Make all that `cfg` describes and the Trainer that runs it."""
    ops = make_backend(registry, cfg)
    data = make_data(registry, cfg)
    net = make_net(registry, cfg, data.shape, len(data.classes), ops, data.bias, data.coeff)
    energy = registry.make("energy", cfg["energy"]).bind(ops, net, len(data.classes))
    if cfg["weights"]:
        Checkpoint.load(cfg["weights"]).restore(net)
    return Trainer(
        net,
        data,
        energy,
        registry.make("optimizer", cfg["optimizer"]),
        folder,
        whole(cfg, "iterations"),
        whole(cfg, "batch_size", 1),
        cfg["seed"],
        cfg["arch"].get("name", "net"),
        {"version": __version__, "config": cfg, "classes": data.classes, "shape": list(data.shape)}
        | {"bias": data.bias, "coeff": data.coeff},
        make_show(registry, cfg["show"]),
        settings(cfg, Sampling),
        settings(cfg, Validation),
    )


def make_show(registry, specs):
    """Make the visualizers of {name: {type: ..., when: ...}}: those without `when`, or with one
    that says yes.
    """
    made = {}
    for name, spec in specs.items():
        arguments = dict(spec) if isinstance(spec, dict) else spec
        when = arguments.pop("when", True) if isinstance(spec, dict) else spec is not None
        if any(when) if isinstance(when, list) else when:  # of a list, one is enough
            made[name] = registry.make("visualizer", arguments, f"show.{name}")
    return made


def settings(cfg, cls):
    """Make an object of the variables of `cfg` that its class takes."""
    return cls(**{name: cfg[name] for name in inspect.signature(cls).parameters})

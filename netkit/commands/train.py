"""netkit train: a data set, a net, an energy and an optimizer, and what is left in the run folder."""

import inspect
import logging
from pathlib import Path

import yaml

from netkit import __version__
from netkit.checkpoint import Checkpoint
from netkit.commands.build import make_backend, make_data, make_net, whole
from netkit.errors import NetkitError, flag
from netkit.files import write_beside
from netkit.registry import Registry
from netkit.sampling import Sampling
from netkit.trainer import Trainer
from netkit.validation import Validation

log = logging.getLogger("netkit")


def train(cfg, folder):
    """Train what `cfg` describes and leave everything in `folder`; return the results of the last iteration."""
    folder = Path(folder)
    trainer = make_trainer(Registry(), cfg, folder)
    if flag("test_only", cfg["test_only"]):
        return test(cfg, trainer)
    if flag("bootstrap", cfg["bootstrap"]) and not hasattr(trainer.dataset, "bootstrap"):
        log.warning("bootstrap has no effect with this data: use data=digits_background")
    for line in (*trainer.optimizer.idle(), *trainer.sampling.idle()):
        log.warning(line)
    if cfg["resume"]:
        trainer.restore(Checkpoint.load(folder / "last.safetensors"))
    write_beside(folder / "config.yaml", yaml.safe_dump(cfg, sort_keys=False).encode())
    trainer.run()
    return trainer.row


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
    """Make the visualizers of {name: {type: ..., when: ...}}: those without `when`, or with one that says yes."""
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


def test(cfg, trainer):
    """Test the loaded weights, print one line and leave no folder; return the results."""
    if not cfg["weights"]:
        raise NetkitError("test_only=true: tests trained weights: name them, weights=outputs/.../best.safetensors")
    with trainer.net.ops.limits():
        energy, correct = trainer.validation.test(trainer, trainer.dataset.val)
    size = len(trainer.dataset.val.labels[: trainer.validation.max_testing])
    print(f"test_energy={energy:.4f} test_correct={correct:.2f}% of {size} samples: {cfg['weights']}")
    return {"test_energy": energy, "test_correct": correct}

"""A Trainer from a configuration: what `netkit train` runs and `netkit report` draws."""

import re
import shlex
from pathlib import Path
from typing import Any

from netkit import __version__
from netkit.build.augment import augmented
from netkit.build.parts import (
    make_backend,
    make_communicator,
    make_data,
    make_energy,
    make_net,
    make_part,
    settings,
    switched_on,
)
from netkit.build.quantized import make_quantized
from netkit.build.transfer import begin
from netkit.checks import Count, Whole, taken
from netkit.classification.trained_on import described
from netkit.dataset import Dataset
from netkit.errors import NetkitError
from netkit.net import Net, named_layers
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.plugins.augmentation.shown import first_layers
from netkit.registry import Registry
from netkit.training.averaging import Averaging
from netkit.training.checkpoint import Checkpoint
from netkit.training.class_weights import weighted
from netkit.training.description import check_run
from netkit.training.needs import RUN, needs_of, refuse_missing
from netkit.training.sampling import Sampling
from netkit.training.trainer import Trainer
from netkit.training.validation import Validation
from netkit.visualizer import Visualizer

# What may be another in a run that goes on.
CHANGING = "iterations", "early_stopping", "comm", "live", "live_wait", "live_port"


def make_trainer(
    registry: Registry, cfg: dict[str, Any], folder: Path, data: Dataset | None = None
) -> Trainer:
    """Make all that a configuration describes, and the Trainer that runs it.

    data: in place of the data set that it describes, a part of it, say.
    """
    comm = make_communicator(registry, cfg)
    share = comm.threads() if comm.size > 1 and cfg.get("threads") is None else cfg.get("threads")
    ops = make_backend(registry, cfg | {"threads": share})
    comm.begin(ops)
    data = make_data(registry, cfg) if data is None else data
    check_targets(registry, cfg, data)
    classes = data.classes
    scale: dict[str, Any] = {"bias": data.bias, "coeff": data.coeff}
    net = make_net(
        registry,
        augmented(cfg, data.train.images),
        data.shape,
        classes=len(classes),
        ops=ops,
        **scale,
    )
    if data.boxes:
        check_moves(net)
    energy = make_energy(registry, cfg, net, classes=len(classes))
    energy = weighted(energy, cfg.get("class_weight"), classes, data.train.labels)
    meta = {"version": __version__, "config": cfg, "classes": classes, "shape": list(data.shape)}
    meta |= {"images": described(data), "plugins": needs_of(registry, cfg)}
    if data.looking:
        meta["looking"] = dict(data.looking)
    rates = begin(registry, cfg, net, data)
    quantized = make_quantized(registry, cfg, net, data=data, meta=meta | scale)
    trainer = Trainer(
        net,
        data,
        energy,
        optimizer=make_part(registry, "optimizer", cfg),
        folder=folder,
        iterations=taken("iterations", cfg["iterations"], Whole),
        batch_size=taken("batch_size", cfg["batch_size"], Count),
        seed=cfg["seed"],
        name=cfg["arch"].get("name", "net"),
        meta=meta | scale,
        show=make_visualizers(registry, cfg["show"]),
        sampling=Sampling(**settings(cfg, Sampling)),
        validation=Validation(**settings(cfg, Validation)),
        averaging=Averaging(**settings(cfg, Averaging)),
        rates=rates,
        comm=comm,
    )
    trainer.quantized = quantized
    return trainer


def check_targets(registry: Registry, cfg: dict[str, Any], data: Dataset) -> None:
    """Raise NetkitError where the data have boxes and the energy takes classes, or the reverse."""
    name, kind = cfg["energy"].get("type"), cfg["data"].get("type")
    boxes = registry.get("energy", str(name)).targets == "boxes"
    if data.boxes and not boxes:
        raise NetkitError(
            f"energy={name}: takes one class an image, and data={kind} has boxes: energy=boxes"
        )
    if boxes and not data.boxes:
        raise NetkitError(
            f"energy={name}: takes boxes, and data={kind} has one class an image: data=boxes "
            "root=DIR, or another energy"
        )
    by_class = "class_weight", "balanced_training", "class_probabilities", "ignore_correct"
    for setting in by_class if boxes else ():
        if cfg.get(setting):
            raise NetkitError(
                f"{setting}={cfg[setting]}: is for images of one class each, and data={kind} has "
                "boxes: leave it out"
            )


def check_moves(net: Net) -> None:
    """Raise NetkitError for a layer of augmentation after which boxes would not be right."""
    for name, layer in named_layers(net.layers):
        first = name.partition(".")[0] in first_layers(net)
        if isinstance(layer, Augmentation) and not (layer.keeps_boxes and first):
            where = "" if first else " behind other layers"
            raise NetkitError(
                f"{name}: {layer.kind}{where} changes images in a way that their boxes do not "
                f"follow: leave it out, ~arch.layers.{name}, or set augment.{layer.kind}=0"
            )


def make_visualizers(registry: Registry, specs: dict[str, Any]) -> dict[str, Visualizer]:
    """Make the visualizers of {name: {type: ..., when: ...}}.

    Those whose `when` is false are left out; of a list of switches, one that is true is enough.
    """
    made = {}
    for name, spec in specs.items():
        arguments = dict(spec) if isinstance(spec, dict) else spec
        when = arguments.pop("when", True) if isinstance(spec, dict) else spec is not None
        if switched_on(when):
            made[name] = registry.make("visualizer", arguments, f"show.{name}")
    return made


def resumed(cfg: dict[str, Any]) -> dict[str, Any]:
    """Return the configuration of the run in cfg["resume"], which goes on as it was.

    Of the words in cfg["command"], those of CHANGING alone may differ from that run's.
    """
    words = shlex.split(cfg.get("command", ""))[2:]
    names = {re.split("=|@", word.lstrip("+~"))[0] for word in words}
    for name in sorted(names - {"resume", "plugins", *CHANGING}):
        raise NetkitError(
            f"{name}: resume={cfg['resume']} goes on with the run as it was; "
            "only iterations, early_stopping, comm and live may change"
        )
    meta = Checkpoint.load(path := Path(cfg["resume"]) / "last.safetensors").meta
    check_run(meta, f"weights {path}")
    refuse_missing(Registry(), meta, RUN, f"weights {path}")
    changed = {name: cfg[name] for name in names & {*CHANGING}}
    return meta["config"] | {"resume": cfg["resume"]} | changed

"""netkit evaluate data=...: how many samples of a data set a classifier answers rightly."""

import logging
from pathlib import Path
from typing import Any

from netkit.build.classifier import Trained, make_classifier
from netkit.build.measured_data import make_measured, measured_items, truths, words_said
from netkit.checks import Count, taken
from netkit.classification.batches import sample_batches
from netkit.classification.items import Part
from netkit.commands.classify import answer_all, answer_items
from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.registry import Registry

log = logging.getLogger("netkit")


def evaluate_samples(cfg: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Measure a classifier on the data set of `cfg`; return the results."""
    registry = Registry()
    fits = {k: cfg["data"][k] for k in ("fit", "fill") if f"data.{k}" in words_said(cfg)}
    trained = make_classifier(registry, cfg | fits)
    if cfg["data"].get("type") == "folder":
        what, items = measured_items(cfg, trained.meta)
        print(printable(what))
        return answer_items(trained.classifier, items, cfg, folder).summary()
    return evaluate_arrays(registry, trained, cfg, folder=folder)


def evaluate_arrays(
    registry: Registry, trained: Trained, cfg: dict[str, Any], *, folder: Path
) -> dict[str, Any]:
    """Measure a classifier on the arrays of a data set; return the results."""
    classifier, part = trained.classifier, taken("part", cfg["part"], Part)
    data = make_measured(registry, cfg, trained.meta)
    samples = getattr(data, part)
    if not len(samples):
        raise NetkitError(f"part={part}: data={cfg['data']['type']} has no such samples")
    if data.shape != tuple(classifier.net.shape):
        log.warning("images of %s are fitted to the net's %s", data.shape, classifier.net.shape)
    truth = truths(classifier.classes, data, samples.labels)
    size = taken("batch_size", cfg["batch_size"], Count)
    names = data.sample_names(part)
    batches = sample_batches(samples, classifier.fitting, names, size=size, truth=truth)
    return answer_all(classifier, batches, len(samples), cfg=cfg, folder=folder)[0].summary()

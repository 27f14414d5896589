"""Answers to every sample of a data set by nets that have not seen it: cross-validation."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from netkit.auditing.labels import as_shares
from netkit.build.training import make_trainer
from netkit.classification.answers import scores_of
from netkit.dataset import Dataset, Samples
from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.training.iteration import train_once
from netkit.training.trainer import Trainer
from netkit.types import Array

AT_ONCE = 250  # samples that are answered in a pass
Step = Callable[[], object]


class OutOfFold(NamedTuple):
    """What nets say of N samples that they have not seen.

    shares: (N, K), how far each class is believed, rows that add up to 1.  energies: (N,).  folds:
    (N,), the part that each sample was in.  trainer: of the last net.
    """

    shares: Array
    energies: Array
    folds: Array
    trainer: Trainer


def parted(labels: Array, folds: int, seed: int) -> Array:
    """Return the part, 0 to folds - 1, of each sample (N,): each class is dealt out evenly."""
    order = np.random.default_rng([seed, 23]).permutation(len(labels))
    order = order[np.argsort(labels[order], kind="stable")]
    parts = np.empty(len(labels), np.int64)
    parts[order] = np.arange(len(labels)) % folds
    return parts


def out_of_fold(
    registry: Registry,
    cfg: dict[str, Any],
    data: Dataset,
    samples: Samples,
    *,
    folds: int,
    repeats: int = 1,
    step: Step = lambda: None,
) -> OutOfFold:
    """Train folds * repeats nets, each on all parts but one, and have each answer that part.

    cfg: of netkit train.  data: where the samples come from.  repeats: with other parts and first
    weights; the shares are their mean.  step: called after each net.  Nothing is written.
    """
    if not 2 <= folds <= len(samples) or repeats < 1:
        raise NetkitError(
            f"folds={folds}: there are {len(samples)} samples: give a number from 2 to that"
        )
    shares = np.zeros((len(samples), len(data.classes)))
    energies = np.zeros(len(samples))
    for k in range(repeats):
        parts = parted(samples.labels, folds, cfg["seed"] + k)
        for fold in range(folds):
            rest, left = np.flatnonzero(parts != fold), np.flatnonzero(parts == fold)
            settings = cfg | {"seed": cfg["seed"] + k, "show": {}}
            trainer = trained(registry, settings, part_of(data, samples, rest, left))
            some = answered(trainer)
            shares[left] += some[0] / repeats
            energies[left] += some[1] / repeats
            step()
    return OutOfFold(shares, energies, parts, trainer)


def part_of(data: Dataset, samples: Samples, train: Array, val: Array) -> Dataset:
    """Return some samples as a data set like another: to train on, and to answer."""
    to_train, to_answer = (
        (np.asarray(samples.images[numbers]), samples.labels[numbers]) for numbers in (train, val)
    )
    made = Dataset(to_train, to_answer, data.classes, data.bias, data.coeff)
    made.fitting = data.fitting
    return made


def trained(registry: Registry, cfg: dict[str, Any], data: Dataset) -> Trainer:
    """Return a Trainer that is through with its iterations; nothing is tested or written."""
    trainer = make_trainer(registry, cfg, Path(), data)
    with trainer.net.ops.limits():
        while trainer.iteration < trainer.iterations:
            train_once(trainer)
            trainer.iteration += 1
    trainer.averaging.swap()  # for good: the averaged weights are what answers
    return trainer


def answered(trainer: Trainer) -> tuple[Array, Array]:
    """Return the shares (n, K) and energies (n,) of the samples that a trainer's net has not seen.

    An energy that makes no shares of its outputs, such as l2, has its confidences brought to a sum
    of 1.
    """
    ops, samples = trainer.net.ops, trainer.dataset.val
    shares, energies = [], []
    with ops.limits():
        for at in range(0, len(samples), AT_ONCE):
            part = slice(at, at + AT_ONCE)
            y = trainer.shards.outputs(ops.asarray(samples.images[part]))
            scores = scores_of(trainer.energy, y, len(trainer.dataset.classes))
            shares.append(as_shares(scores.confidences))
            labels = ops.asarray(samples.labels[part])
            energies.append(ops.to_host(trainer.energy.forward(ops.asarray(y), labels)[0]))
    return np.concatenate(shares), np.concatenate(energies)

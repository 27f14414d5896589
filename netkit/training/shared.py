"""Shared: what the ranks of a run test together, each a part, and what rank 0 gives to all."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.communicator import Communicator
from netkit.dataset import Samples
from netkit.training.finding import AT_ONCE, Boxes, Found, looked, measured
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


def arrays_of_rank_0(comm: Communicator, arrays: dict[str, Array]) -> dict[str, Array]:
    """Return rank 0's host arrays by name on every rank."""
    told = comm.share({name: [list(a.shape), a.dtype.str] for name, a in arrays.items()})
    given = {}
    for name, (shape, dtype) in told.items():
        given[name] = np.zeros(shape, dtype)
        if comm.rank == 0:
            given[name][...] = arrays[name]
        comm.copy(given[name])
    return given


def answers_of_all(trainer: "Trainer", samples: Samples) -> tuple[Array, Array]:
    """Return the energy and the answered class of each sample, (N,); every rank must ask."""
    part = trainer.ranks.part(len(samples))
    both = np.zeros((2, len(samples)))
    both[:, part] = trainer.answers(part_of(samples, part))
    trainer.ranks.comm.add(both)
    return both[0], both[1].astype(np.int64)


def find_by_all(trainer: "Trainer", samples: Samples) -> Found:
    """Return what the net finds in samples with boxes; every rank must ask."""
    comm = trainer.ranks.comm
    # Whole passes: the energy of boxes is divided by how many there are in the images of a pass.
    passes = trainer.ranks.part(-(-len(samples) // AT_ONCE))
    part = slice(passes.start * AT_ONCE, min(len(samples), passes.stop * AT_ONCE))
    energies, counts = np.zeros(len(samples)), np.zeros(len(samples), np.int64)
    energies[part], found = looked(trainer.shards, trainer.energy, part_of(samples, part))
    counts[part] = [len(each.labels) for each in found]
    comm.add(energies)
    comm.add(counts)
    ends = np.cumsum(counts)
    rows = np.zeros((int(counts.sum()), 6))  # a box, its confidence, its class
    for number, each in enumerate(found, part.start):
        rows[ends[number] - counts[number] : ends[number]] = np.column_stack(each)
    comm.add(rows)
    boxes = [
        Boxes(each[:, :4], each[:, 4], each[:, 5].astype(np.int64))
        for each in np.split(rows, ends[:-1])[: len(samples)]
    ]
    return measured(samples, energies, boxes, classes=trainer.dataset.classes)


def part_of(samples: Samples, part: slice) -> Samples:
    """Return some samples of a set."""
    return Samples(samples.images[part], samples.labels[part])

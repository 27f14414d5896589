"""Resuming: what a run keeps beside its weights to go on later, bit for bit."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from netkit.files import CannotWrite
from netkit.interrupts import Terminated
from netkit.measurement.thresholds import best_threshold
from netkit.training.checkpoint import Checkpoint
from netkit.training.finding import Found
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


def resume_state(trainer: "Trainer") -> dict[str, Array]:
    """Return what a resumed run needs beside the weights, by name.

    The optimizer's running vectors, the weights that are averaged, the samples' last energies, what
    the data set has changed.
    """
    state = {f"optimizer/{name}": vector for name, vector in trainer.slots.items()}
    state |= {f"averaging/{name}": vector for name, vector in trainer.averaging.saved().items()}
    if trainer.sampling.sample_probabilities:
        state["sampling/energies"] = trainer.net.ops.asarray(trainer.energies)
    return state | {f"dataset/{name}": a for name, a in trainer.dataset.saved().items()}


def save(trainer: "Trainer", path: Path, whole: bool) -> None:
    """Write a trainer's weights and description; whole: with all that a resumed run needs."""
    counts = {"iteration": trainer.iteration, "age": trainer.step, "seen": trainer.samples_seen}
    meta = trainer.meta | counts | {"rows": trainer.rows}
    if trainer.net.rounding is not None:
        meta["quantize"] = trainer.net.rounding.formats
    if isinstance(trainer.tested, Found):
        meta["detection"] = best_threshold(trainer.tested.metrics)
    if whole:
        meta["stopped"] = trainer.validation.stop(trainer)  # for those who ask whether it is over
    Checkpoint.of(trainer.net, meta, resume_state(trainer) if whole else None).save(path)
    if whole:
        trainer.saved = trainer.iteration


def restore(trainer: "Trainer", checkpoint: Checkpoint) -> None:
    """Go on from a checkpoint that was saved with its resume_state."""
    take(trainer, checkpoint)
    trainer.saved = trainer.iteration
    trainer.averaging.restore(checkpoint.resume_state("averaging"))
    slots = checkpoint.resume_state("optimizer")
    trainer.slots = {name: trainer.net.ops.asarray(vector) for name, vector in slots.items()}
    energies = checkpoint.resume_state("sampling").get("energies", trainer.energies)
    trainer.energies = energies.copy()
    trainer.dataset.restore(checkpoint.resume_state("dataset"))


def take(trainer: "Trainer", checkpoint: Checkpoint) -> None:
    """Take a checkpoint's weights, counters and results."""
    checkpoint.restore(trainer.net)
    if trainer.net.rounding is not None:
        trainer.net.rounding.take(checkpoint.meta.get("quantize", {}))
    trainer.iteration = checkpoint.meta["iteration"]
    trainer.step = checkpoint.meta["age"]
    trainer.samples_seen = checkpoint.meta["seen"]
    trainer.rows = checkpoint.meta["rows"]
    trainer.tested = None


def show_checkpoint(trainer: "Trainer", checkpoint: Checkpoint) -> None:
    """Tell the visualizers of an iteration that was saved, tested as if it had just ended."""
    take(trainer, checkpoint)
    with trainer.net.ops.limits():
        trainer.tested = trainer.validation.tested(trainer)
        trainer.tell("iteration")


@contextmanager
def saying_what_is_kept(trainer: "Trainer") -> Iterator[None]:
    """Return a context that says, of a run which ends too early, what is kept and how to go on."""
    try:
        yield
    except KeyboardInterrupt as error:
        how = "terminated" if isinstance(error, Terminated) else "interrupted"
        done = f"{how} after {trainer.iteration} of {trainer.iterations} iterations"
        raise type(error)(f"{done}{go_on(trainer)}") from None
    except CannotWrite as error:
        trainer.lost = True
        raise CannotWrite(f"{error}; {kept(trainer)}{go_on(trainer)}") from None


def kept(trainer: "Trainer") -> str:
    """Return which weights the folder of a run has, in words."""
    if trainer.saved is None:
        return "nothing was saved yet"
    whose = f"of iteration {trainer.saved}" if trainer.saved else "from before training"
    return f"{trainer.folder}/last.safetensors has the weights {whose}"


def go_on(trainer: "Trainer") -> str:
    """Return how to go on with a run that ended too early, as the end of a sentence."""
    if trainer.saved is None:
        return ""
    return f": go on with netkit train resume={trainer.folder}"

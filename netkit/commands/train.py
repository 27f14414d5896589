"""netkit train: a data set, a net, an energy and an optimizer, and what is left in a run folder."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from netkit.build.training import make_trainer, resumed
from netkit.checks import taken
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.lock import locked
from netkit.files.names import safe_part
from netkit.files.runs import LATEST
from netkit.files.text import printable
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint
from netkit.training.one_class import one_class_line
from netkit.training.steering import NAME, read_etas, write_etas
from netkit.training.trainer import Trainer
from netkit.visualizer import Visualizer

log = logging.getLogger("netkit")
PRINTING = "configuration", "opening", "console"  # the visualizers that print


def train(cfg: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Train what `cfg` describes, in `folder`; return the results of the last iteration."""
    if cfg["resume"]:
        cfg = resumed(cfg)
    if taken("find_rate", cfg.get("find_rate", False), bool):
        from netkit.commands.find_rate import find_rate

        return find_rate(cfg, Path(folder))
    if taken("test_only", cfg["test_only"], bool):
        return test(cfg, make_trainer(Registry(), cfg, Path(folder)))
    return run(cfg, folder).row


def run(
    cfg: dict[str, Any], folder: Path, quiet: bool = False, *, watch: Visualizer | None = None
) -> Trainer:
    """Train what `cfg` describes and leave everything in `folder`; return the Trainer.

    quiet: print nothing.  watch: is told of the run as its visualizers are, after them.
    """
    folder = Path(folder)
    check_name(cfg.get("name"))
    trainer = make_trainer(Registry(), cfg, folder)
    if quiet:
        for name in PRINTING:
            trainer.show.pop(name, None)
    if watch:
        trainer.show["watch"] = watch
    with watched(cfg, trainer), own(trainer, resumed=bool(cfg["resume"])):
        begin(cfg, trainer)
        trainer.run()
        trainer.ranks.wait()  # rank 0 has a report to draw, which the launcher is not to cut short
    if not trainer.dead and (line := one_class_line(trainer.tested, trainer.dataset.classes)):
        log.warning(line)
    return trainer


@contextmanager
def own(trainer: Trainer, resumed: bool) -> Iterator[None]:
    """Return a context in which no other run writes into a trainer's folder.

    Of a run of several processes, rank 0 has it.  resumed: whether it holds the run already.
    """
    if not trainer.ranks.writes:
        yield
        return
    trainer.folder.mkdir(parents=True, exist_ok=True)
    with locked(trainer.folder):
        if not resumed and (trainer.folder / "last.safetensors").exists():
            raise NetkitError(
                f"{trainer.folder}: holds a run already: resume={trainer.folder} goes on with it; "
                "for a new run choose another folder, or remove this one"
            )
        yield


def check_name(name: Any) -> None:
    """Raise NetkitError unless a run can be found by its name."""
    if name is None:
        return
    if not isinstance(name, str) or safe_part(name) != name or "." in name or name == LATEST:
        raise NetkitError(
            f"name={name}: cannot be the name of a run: write a word without / or ., as in "
            "name=first-try"
        )


def begin(cfg: dict[str, Any], trainer: Trainer) -> None:
    """Say what is odd about a run, go on from where it was if it is resumed, keep its settings."""
    for line in (*trainer.optimizer.unused_settings(), *trainer.sampling.unused_settings()):
        log.warning(line)
    for line in trainer.energy.warnings(trainer.net):
        log.warning(line)
    if trainer.batch_size > trainer.samples_per_iteration > 0:
        log.warning(
            "batch_size=%d: larger than an iteration, %d: each iteration is one update of all",
            trainer.batch_size,
            trainer.samples_per_iteration,
        )
    if cfg["resume"]:
        trainer.restore(Checkpoint.load(trainer.folder / "last.safetensors"))
        if (done := trainer.iteration) >= trainer.iterations:
            log.warning(
                "resume=%s: its %d iterations are done: for more, give iterations=%d or higher",
                printable(cfg["resume"]),
                done,
                done + 1,
            )
        elif trainer.validation.stop(trainer):
            log.warning(
                "resume=%s: early_stopping had ended it after iteration %d of %d, and nothing is "
                "trained: to go on all the same, give early_stopping=null or a higher number",
                printable(cfg["resume"]),
                done,
                trainer.iterations,
            )
    steer(cfg, trainer)
    if trainer.ranks.writes:
        write_beside(trainer.folder / "config.yaml", yaml.safe_dump(cfg, sort_keys=False).encode())


def steer(cfg: dict[str, Any], trainer: Trainer) -> None:
    """Let a run change eta at the updates at which this run, or the one it repeats, changed it."""
    ours, replay = trainer.folder / NAME, cfg.get("live_replay")
    if cfg["resume"] and ours.is_file():
        trainer.steering.begin(trainer, read_etas(ours))
    elif replay is not None and not cfg["resume"]:
        trainer.steering.begin(trainer, etas := read_etas(Path(str(replay))))
        if trainer.ranks.writes:
            write_etas(ours, etas)  # so that this one can be gone on with, and repeated


@contextmanager
def watched(cfg: dict[str, Any], trainer: Trainer) -> Iterator[None]:
    """Return a context in which a page is served about a run, with live=true or live_wait=true."""
    wait = taken("live_wait", cfg.get("live_wait", False), bool)
    live = taken("live", cfg.get("live", False), bool) or wait
    if not live:
        yield
        return
    if trainer.ranks.comm.size > 1:
        raise NetkitError(
            f"live=true: watches a run of one process, and this is one of "
            f"{trainer.ranks.comm.size}: leave it out"
        )
    from netkit.live.opening import opened

    with opened(cfg.get("live_port", 0), paused=wait) as page:
        trainer.show["live"] = page
        yield


def test(cfg: dict[str, Any], trainer: Trainer) -> dict[str, Any]:
    """Test the loaded weights, print one line and leave no folder; return the results."""
    if not cfg["weights"]:
        raise NetkitError(
            "test_only=true: tests trained weights: name them, weights=outputs/DATE/TIME, or "
            "weights=latest"
        )
    if trainer.dataset.boxes:
        return test_boxes(cfg, trainer)
    with trainer.net.ops.limits():
        tested = trainer.validation.test(trainer, trainer.dataset.val)
    say = print if trainer.ranks.writes else str
    size = len(tested.samples)
    results = (
        f"test_energy={tested.energy:.4f} test_correct={tested.correct:.2f}% of {size} samples"
    )
    say(f"{results}: {printable(cfg['weights'])}")
    return {"test_energy": tested.energy, "test_correct": tested.correct}


def test_boxes(cfg: dict[str, Any], trainer: Trainer) -> dict[str, Any]:
    """Do what `test` does, over data with boxes."""
    with trainer.net.ops.limits():
        found = trainer.validation.found(trainer, trainer.dataset.val)
    results = f"test_energy={found.energy:.4f} test_map={found.map:.4f}"
    say = print if trainer.ranks.writes else str
    say(f"{results} of {len(found.samples)} samples: {printable(cfg['weights'])}")
    return {"test_energy": found.energy, "test_map": found.map}

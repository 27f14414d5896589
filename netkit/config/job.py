"""A command run with its configuration: once, or once per point of a sweep, as Hydra's own command
line would.
"""

import logging
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from netkit.config.compose import Config, composed, plain
from netkit.config.errors import one_line
from netkit.config.origin import Origin, origin_of
from netkit.config.words import (
    as_argv,
    command_line,
    flags_first,
    not_rank_0,
    prepared,
    resume_folder,
)
from netkit.errors import NetkitError
from netkit.files.runs import remove_unused

log = logging.getLogger("netkit")

Command = Callable[[Config, Path], Any]


def run_hydra(command: str, task: Command, overrides: Iterable[str]) -> None:
    """Run task(cfg, folder) once, or once per point of a sweep, as Hydra's own command line would.

    cfg is made of plain mappings and lists. The overrides may begin with a file of another program,
    or have --config-dir and --config-name. Errors reach the caller whole instead of ending the
    process.
    """
    from netkit.config.search import register_places  # here: it imports Hydra

    register_places()
    with origin_of(command, overrides) as origin:
        failures: list[Exception] = []
        run_from(origin, Task(task, failures, origin))
    if failures:
        raise failures[0]


def run_from(origin: Origin, task: "Task") -> None:
    """Run a task from where its configuration begins; Hydra reads its words from sys.argv."""
    command, notes = origin.command, list(origin.notes)
    words = flags_first(prepared(command, origin.words))
    words += resume_folder(command, words)
    with not_rank_0(command) as apart:
        run_words(origin, task, words + apart, notes)


def run_words(origin: Origin, task: "Task", words: list[str], notes: list[str]) -> None:
    """Run a task with the words of its command, as Hydra is to read them."""
    command = origin.command
    try:
        with as_argv(command, words):
            flags = any(word.startswith("-") for word in words)
            job = None if flags else single_job(origin, words, notes)
            if job:
                run_job(job, task, notes)
                return
            from netkit.config.sweep import run_flags  # here: it imports Hydra

            run_flags(origin, words, task, notes)
    except SystemExit as error:
        if error.code:
            raise
    except (KeyboardInterrupt, NetkitError):
        raise
    except Exception as error:  # Hydra's errors are of many classes; all say that a word is wrong
        for cause in (error, error.__cause__):  # the run folder cannot be made, or a log in it
            if isinstance(cause, OSError) and cause.errno:
                raise cause from None
        raise NetkitError(one_line(error, command, composed, words)) from error


def single_job(origin: Origin, words: list[str], notes: list[str]) -> Any:
    """Return the whole configuration of one plain job; None if it asks more of Hydra than that.

    hydra.main composes twice, the first time only to learn whether it is one job: a seventh of
    `netkit train`'s start.
    """
    cfg = composed(origin.name, words, notes, return_hydra_config=True)
    run = cfg.hydra
    more = run.callbacks or run.output_subdir or run.job.chdir or run.job.env_set
    return None if more or (run.mode and run.mode.name != "RUN") else cfg


def run_job(cfg: Any, task: "Task", notes: list[str]) -> None:
    """Run a job as hydra.main does: the folder, the log, then the task."""
    from hydra.core.hydra_config import HydraConfig
    from hydra.core.utils import configure_log
    from hydra.types import RunMode
    from omegaconf import OmegaConf, open_dict, read_write

    from netkit.config.releases import trusting

    shared, run = HydraConfig.instance(), cfg.hydra
    before = shared.cfg
    try:
        shared.set_config(cfg)  # for what the folder's name may ask of ${hydra:...}
        with read_write(run), open_dict(run):
            run.mode, run.runtime.output_dir = RunMode.RUN, os.path.abspath(run.run.dir)
        shared.set_config(cfg)
        Path(run.runtime.output_dir).mkdir(parents=True, exist_ok=True)
        with trusting():
            configure_log(run.job_logging, run.verbose)
        for note in notes:
            log.warning(note)
        task(OmegaConf.masked_copy(cfg, [key for key in cfg if key != "hydra"]))
    finally:
        shared.cfg = before


class Task:
    """A command as Hydra calls it; its failure is kept, because Hydra would print more of it."""

    def __init__(self, task: Command, failures: list[Exception], origin: Origin):
        self.task = task
        self.failures = failures
        self.origin = origin
        self.__name__ = "task"

    def __call__(self, cfg: Any) -> Any:
        from hydra.core.hydra_config import HydraConfig

        run, cfg = HydraConfig.get(), plain(cfg)
        folder = Path(run.runtime.output_dir)
        typed = (self.origin.spelled.get(word, word) for word in run.overrides.task)
        cfg["command"] = command_line(self.origin.command, [*self.origin.said, *typed])
        sweeping = run.mode and run.mode.name == "MULTIRUN"
        try:
            self.origin.check(cfg)
            if sweeping:
                from netkit.config.sweep import run_one

                return run_one(self.origin.command, self.task, cfg, folder)
            return self.task(cfg, folder)
        except (NetkitError, OSError) as error:
            if sweeping:
                raise
            self.failures.append(error)
        finally:
            remove_unused(folder)

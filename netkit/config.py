"""Hydra: compose a configuration and run a command with it. Beside config_search, no other file
knows Hydra.
"""

import logging
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from netkit.config_errors import one_line, owners, unknown_variable
from netkit.config_limits import check_growth
from netkit.config_origin import Origin, origin_of
from netkit.config_words import (
    as_argv,
    command_line,
    flags_first,
    not_rank_0,
    prepared,
    resume_folder,
)
from netkit.errors import NetkitError
from netkit.files.runs import remove_unused
from netkit.registry import Registry

log = logging.getLogger("netkit")
CONF = "pkg://netkit.conf"
COMPOSING = threading.RLock()  # Hydra keeps its state in one place for the whole process

Config = dict[str, Any]
Command = Callable[[Config, Path], Any]


def run_hydra(command: str, task: Command, overrides: Iterable[str]) -> None:
    """Run task(cfg, folder) once, or once per point of a sweep, as Hydra's own command line would.

    cfg is made of plain mappings and lists. The overrides may begin with a file of another program,
    or have --config-dir and --config-name. Errors reach the caller whole instead of ending the
    process.
    """
    from netkit.config_search import register_places  # here: it imports Hydra

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
            from netkit.config_sweep import run_flags  # here: it imports Hydra

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

    shared, run = HydraConfig.instance(), cfg.hydra
    before = shared.cfg
    try:
        shared.set_config(cfg)  # for what the folder's name may ask of ${hydra:...}
        with read_write(run), open_dict(run):
            run.mode, run.runtime.output_dir = RunMode.RUN, os.path.abspath(run.run.dir)
        shared.set_config(cfg)
        Path(run.runtime.output_dir).mkdir(parents=True, exist_ok=True)
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
                from netkit.config_sweep import run_one

                return run_one(self.origin.command, self.task, cfg, folder)
            return self.task(cfg, folder)
        except (NetkitError, OSError) as error:
            if sweeping:
                raise
            self.failures.append(error)
        finally:
            remove_unused(folder)


def compose(command: str, overrides: Iterable[str] = ()) -> Config:
    """Return a command's configuration as plain mappings, without running anything.

    overrides: as for run_hydra.
    """
    from netkit.config_search import register_places  # here: it imports Hydra

    register_places()
    with origin_of(command, overrides) as origin:
        notes = list(origin.notes)
        try:
            cfg = plain(composed(origin.name, prepared(command, origin.words), notes))
        except NetkitError:
            raise
        except Exception as error:  # as in run_from
            raise NetkitError(one_line(error, command, composed, origin.words)) from error
    origin.check(cfg)
    for note in notes:
        log.warning(note)
    return cfg


def composed(
    command: str, words: Iterable[str] = (), notes: list[str] | None = None, **options: Any
) -> Any:
    """Return Hydra's own form of a configuration.

    A variable of a choice that is not taken, such as bootstrap=true without
    data=digits_background, is left out, and a line in `notes` says so.
    """
    import hydra

    words = list(words)
    with COMPOSING, hydra.initialize_config_module("netkit.conf", version_base="1.3"):
        while True:
            try:
                return hydra.compose(command, words, **options)
            except Exception as error:
                name = unknown_variable(error)
                group, choices = owners(name)
                left = [word for word in words if not word.startswith(f"{name}=")]
                if notes is None or not choices or len(left) == len(words):
                    raise
                notes.append(f"{name} has no effect with this {group}: use {choices}")
                words = left


def plain(cfg: Any) -> Config:
    """Return a configuration as plain mappings and lists, with all ${...} replaced."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    check_growth(OmegaConf.to_container(cfg, resolve=False))
    try:
        cfg = OmegaConf.to_container(cfg, resolve=True)
    except OmegaConfBaseException as error:
        raise NetkitError(one_line(error, "train", composed)) from error
    return self_contained(cfg)


def self_contained(cfg: Config) -> Config:
    """Return a configuration whose arch holds what its layers read from files."""
    arch = cfg.get("arch")
    if arch and arch.get("layers"):
        from netkit.build.arch import settled  # here: most commands have no arch

        cfg = cfg | {"arch": arch | {"layers": settled(Registry(), arch["layers"])}}
    return cfg

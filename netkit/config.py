"""Hydra: compose a configuration and run a command with it. The only file that knows Hydra."""

import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from netkit.config_errors import one_line, owners, unknown_variable
from netkit.config_words import (
    command_line,
    flags_first,
    known_flags,
    prepared,
    resume_folder,
)
from netkit.errors import NetkitError
from netkit.registry import Registry

log = logging.getLogger("netkit")
CONF = "pkg://netkit.conf"
COMPOSING = threading.RLock()  # Hydra keeps its state in one place for the whole process

Config = dict[str, Any]
Command = Callable[[Config, Path], Any]


def run_hydra(command: str, task: Command, overrides: Iterable[str]) -> None:
    """Run task(cfg, folder) once, or once per point of a sweep, as Hydra's own command line would.

    cfg is made of plain mappings and lists. Hydra reads its words from sys.argv and nowhere else,
    so they are put there for as long as it runs; errors reach the caller whole instead of ending
    the process.
    """
    register_plugin_configs()
    failures: list[Exception] = []
    words = flags_first(known_flags(command, prepared(command, overrides)))
    words += resume_folder(overrides)
    argv, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = [f"netkit {command}", *words], "1"
    notes: list[str] = []
    try:
        flags = any(word.startswith("-") for word in words)
        job = None if flags else single_job(command, words, notes)
        if job:
            run_job(job, Task(task, failures), notes)
        else:
            import hydra  # only here and below, so that `netkit --help` does not wait for it

            main = hydra.main(config_path=CONF, config_name=command, version_base="1.3")
            main(Task(task, failures))()
    except SystemExit as error:
        if error.code:
            raise
    except (KeyboardInterrupt, NetkitError):
        raise
    except Exception as error:  # Hydra's errors are of many classes; all say that a word is wrong
        if isinstance(error, OSError) and error.errno:
            raise  # the run folder cannot be made
        raise NetkitError(one_line(error, command, composed)) from error
    finally:
        sys.argv = argv
        os.environ.pop("HYDRA_FULL_ERROR")
        if full is not None:
            os.environ["HYDRA_FULL_ERROR"] = full
    if failures:
        raise failures[0]


def single_job(command: str, words: list[str], notes: list[str]) -> Any:
    """Return the whole configuration of one plain job; None if it asks more of Hydra than that.

    hydra.main composes twice, the first time only to learn whether it is one job: a seventh of
    `netkit train`'s start.
    """
    cfg = composed(command, words, notes, return_hydra_config=True)
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

    def __init__(self, task: Command, failures: list[Exception]):
        self.task = task
        self.failures = failures
        self.__name__ = "task"

    def __call__(self, cfg: Any) -> Any:
        from hydra.core.hydra_config import HydraConfig

        run, cfg = HydraConfig.get(), plain(cfg)
        folder = Path(run.runtime.output_dir)
        cfg["command"] = command_line(str(run.job.config_name), run.overrides.task)
        try:
            return self.task(cfg, folder)
        except (NetkitError, OSError) as error:
            if run.mode and run.mode.name == "MULTIRUN":
                raise
            self.failures.append(error)
        finally:
            remove_unused(folder)


def remove_unused(folder: Path) -> None:
    """Remove the folder of a run that made nothing but a log, and those over it if empty then."""
    if folder.is_dir() and all(path.suffix == ".log" for path in folder.iterdir()):
        shutil.rmtree(folder)
        for above in list(folder.parents)[:2]:  # outputs/DATE
            if above != Path.cwd() and not any(above.iterdir()):
                above.rmdir()


def compose(command: str, overrides: Iterable[str] = ()) -> Config:
    """Return a command's configuration as plain mappings, without running anything."""
    register_plugin_configs()
    notes: list[str] = []
    try:
        cfg = plain(composed(command, prepared(command, overrides), notes))
    except NetkitError:
        raise
    except Exception as error:  # as in run_hydra
        raise NetkitError(one_line(error, command, composed)) from error
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

    try:
        cfg = OmegaConf.to_container(cfg, resolve=True)
    except OmegaConfBaseException as error:
        raise NetkitError(one_line(error, "", composed)) from error
    return self_contained(cfg)


def self_contained(cfg: Config) -> Config:
    """Return a configuration whose arch holds what its layers read from files."""
    arch = cfg.get("arch")
    if arch and arch.get("layers"):
        from netkit.build.arch import settled  # here: most commands have no arch

        cfg = cfg | {"arch": arch | {"layers": settled(Registry(), arch["layers"])}}
    return cfg


def register_plugin_configs() -> None:
    """Tell Hydra where plugins keep YAML: after netkit's own, to add to it and never shadow it."""
    from hydra.core.plugins import Plugins
    from hydra.plugins.search_path_plugin import SearchPathPlugin

    class PluginConfigs(SearchPathPlugin):
        def manipulate_search_path(self, search_path: Any) -> None:
            for plugin, path in Registry().configs:
                search_path.append(provider=plugin, path=path)

    Plugins.instance().register(PluginConfigs)

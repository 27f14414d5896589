"""Hydra: compose a configuration and run a command with it. The only file that knows Hydra."""

import os
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from netkit.config_errors import one_line
from netkit.errors import NetkitError
from netkit.plugins.layers.tables import inline
from netkit.registry import Registry

RANKS = "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID", "RANK"
CONF = "pkg://netkit.conf"


def run_hydra(command, task, overrides):
    """Run task(cfg, folder) once, or once per point of a sweep, as Hydra's own command line would.

    cfg is made of plain mappings and lists. Hydra reads its words from sys.argv and nowhere else,
    so they are put there for as long as it runs; errors reach the caller whole instead of ending
    the process.
    """
    register_plugin_configs()
    failures = []
    words = [f"netkit {command}", *flags_first(overrides), *resume_folder(overrides), *quiet_rank()]
    argv, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = words, "1"
    try:
        job = (
            None if any(word.startswith("-") for word in words) else single_job(command, words[1:])
        )
        if job:
            run_job(job, Task(task, failures))
        else:
            import hydra  # here, as everywhere in this file, so that `netkit --help` does not wait for it

            hydra.main(config_path=CONF, config_name=command, version_base="1.3")(
                Task(task, failures)
            )()
    except SystemExit as error:
        if error.code:
            raise
    except (KeyboardInterrupt, NetkitError):
        raise
    except (
        Exception
    ) as error:  # Hydra's own errors, of many classes, are the user's: a wrong override
        if isinstance(error, OSError) and error.errno:
            raise  # the run folder cannot be made
        raise NetkitError(one_line(error, command, composed)) from error
    finally:
        sys.argv = argv
        os.environ.pop("HYDRA_FULL_ERROR") if full is None else os.environ.update(
            HYDRA_FULL_ERROR=full
        )
    if failures:
        raise failures[0]


def single_job(command, words):
    """Return the whole configuration of one plain job; None where it asks for more of Hydra than
    that.

    hydra.main composes twice, the first time only to learn whether it is one job: a seventh of
    `netkit train`'s start.
    """
    cfg = composed(command, words, return_hydra_config=True)
    run = cfg.hydra
    more = run.callbacks or run.output_subdir or run.job.chdir or run.job.env_set
    return None if more or (run.mode and run.mode.name != "RUN") else cfg


def run_job(cfg, task):
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
        task(OmegaConf.masked_copy(cfg, [key for key in cfg if key != "hydra"]))
    finally:
        shared.cfg = before


def flags_first(words):
    """Return Hydra's flags and then the overrides: argparse refuses overrides on both sides of a
    flag.
    """
    return sorted(words, key=lambda word: word[:1] in "~+" or ("=" in word and word[:1] != "-"))


class Task:
    """A command as Hydra calls it: its failure is kept, because Hydra would print a line of its own
    before it.
    """

    def __init__(self, task, failures):
        self.task, self.failures, self.__name__ = task, failures, "task"

    def __call__(self, cfg):
        from hydra.core.hydra_config import HydraConfig

        run, cfg = HydraConfig.get(), plain(cfg)
        folder = Path(run.runtime.output_dir)
        try:
            if cfg.get("resume"):
                cfg = resumed(cfg, run.overrides.task)
            else:
                cfg["command"] = shlex.join(["netkit", run.job.config_name, *run.overrides.task])
            return self.task(cfg, folder)
        except (NetkitError, OSError) as error:
            if run.mode.name == "MULTIRUN":
                raise
            self.failures.append(error)
        finally:
            sweep(folder)


def sweep(folder):
    """Remove the folder of a run that made nothing, and the folders over it that are empty then."""
    if folder.is_dir() and all(path.suffix == ".log" for path in folder.iterdir()):
        shutil.rmtree(folder)
        for above in list(folder.parents)[:2]:  # outputs/DATE
            if above != Path.cwd() and not any(above.iterdir()):
                above.rmdir()


def resumed(cfg, overrides):
    """Return the configuration of the run in cfg["resume"], with a new number of iterations if one
    is given.
    """
    from netkit.training.checkpoint import Checkpoint

    names = {re.split("=|@", word.lstrip("+~"))[0] for word in overrides}
    if names - {"resume", "iterations"}:
        word = sorted(names - {"resume", "iterations"})[0]
        raise NetkitError(
            f"{word}: resume={cfg['resume']} goes on with the run as it was; only iterations may change"
        )
    saved = Checkpoint.load(Path(cfg["resume"]) / "last.safetensors").meta["config"]
    return saved | {"resume": cfg["resume"]} | {name: cfg[name] for name in names & {"iterations"}}


def resume_folder(overrides):
    """Return the override that makes a resumed run write into its own folder; nothing for another
    run.
    """
    for word in overrides:
        if word.startswith("resume=") and word != "resume=null":
            folder = Path(word.removeprefix("resume=").strip("'\""))
            if not (folder / "last.safetensors").is_file():
                raise NetkitError(
                    f"resume={folder}: no last.safetensors there: name the folder of a run"
                )
            return [f"hydra.run.dir='{folder.resolve()}'"]
    return []


def compose(command, overrides=()):
    """Return the configuration of a command with overrides, as plain mappings, without running
    anything.
    """
    register_plugin_configs()
    try:
        return plain(composed(command, list(overrides)))
    except NetkitError:
        raise
    except Exception as error:  # as in run_hydra
        raise NetkitError(one_line(error, command, composed)) from error


def composed(command, words=(), **options):
    """Return Hydra's own form of a configuration."""
    import hydra

    with hydra.initialize_config_module("netkit.conf", version_base="1.3"):
        return hydra.compose(command, list(words), **options)


def plain(cfg):
    """Return a configuration as plain mappings and lists, every ${...} and table file replaced by
    what is in it.
    """
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        cfg = OmegaConf.to_container(cfg, resolve=True)
    except OmegaConfBaseException as error:
        raise NetkitError(one_line(error, "", composed)) from error
    inline((cfg.get("arch") or {}).get("layers"))
    return cfg


def register_plugin_configs():
    """Tell Hydra where the plugins keep their YAML; after netkit's own, so that they can add and
    not shadow.
    """
    from hydra.core.plugins import Plugins
    from hydra.plugins.search_path_plugin import SearchPathPlugin

    class PluginConfigs(SearchPathPlugin):
        def manipulate_search_path(self, search_path):
            for plugin, path in Registry().configs:
                search_path.append(provider=plugin, path=path)

    Plugins.instance().register(PluginConfigs)


def quiet_rank():
    """Return the overrides that keep all but the first of several MPI ranks from writing run
    folders.
    """
    if not any(os.environ.get(name, "0") != "0" for name in RANKS):
        return []
    there = tempfile.gettempdir()
    return [
        f"hydra.run.dir={there}",
        f"hydra.sweep.dir={there}",
        "hydra.sweep.subdir=.",
        "hydra.output_subdir=null",
        "hydra/job_logging=disabled",
        "hydra/hydra_logging=disabled",
    ]

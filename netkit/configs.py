"""Hydra: compose a configuration and run a command with it. The only file that knows Hydra."""

import difflib
import os
import re
import shutil
import sys
import tempfile
from pathlib import Path

from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.tables import inline

RANKS = "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID", "RANK"
CONF = "pkg://netkit.conf"


def run_hydra(command, task, overrides):
    """Run task(cfg, folder) once, or once per point of a sweep, as Hydra's own command line would.

    cfg is made of plain mappings and lists. Hydra reads its words from sys.argv and nowhere else, so they are
    put there for as long as it runs; errors reach the caller whole instead of ending the process.
    """
    import hydra  # here, so that `netkit --help` does not wait for it

    register_plugin_configs()
    failures = []
    words = [f"netkit {command}", *flags_first(overrides), *resume_folder(overrides), *quiet_rank()]
    argv, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = words, "1"
    try:
        hydra.main(config_path=CONF, config_name=command, version_base="1.3")(Task(task, failures))()
    except SystemExit as error:
        if error.code:
            raise
    except (KeyboardInterrupt, NetkitError):
        raise
    except Exception as error:  # Hydra's own errors, of many classes, are the user's: a wrong override
        if isinstance(error, OSError) and error.errno:
            raise  # the run folder cannot be made
        raise NetkitError(one_line(error, command)) from error
    finally:
        sys.argv = argv
        os.environ.pop("HYDRA_FULL_ERROR") if full is None else os.environ.update(HYDRA_FULL_ERROR=full)
    if failures:
        raise failures[0]


def flags_first(words):
    """Return Hydra's flags and then the overrides: argparse refuses overrides on both sides of a flag."""
    return sorted(words, key=lambda word: word[:1] in "~+" or ("=" in word and word[:1] != "-"))


class Task:
    """A command as Hydra calls it: its failure is kept, because Hydra would print a line of its own before it."""

    def __init__(self, task, failures):
        self.task, self.failures, self.__name__ = task, failures, "task"

    def __call__(self, cfg):
        from hydra.core.hydra_config import HydraConfig

        run, cfg = HydraConfig.get(), plain(cfg)
        folder = Path(run.runtime.output_dir)
        try:
            if cfg.get("resume"):
                cfg = resumed(cfg, run.overrides.task)
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
    """Return the configuration of the run in cfg["resume"], with a new number of iterations if one is given."""
    from netkit.checkpoint import Checkpoint

    names = {re.split("=|@", word.lstrip("+~"))[0] for word in overrides}
    if names - {"resume", "iterations"}:
        word = sorted(names - {"resume", "iterations"})[0]
        raise NetkitError(f"{word}: resume={cfg['resume']} goes on with the run as it was; only iterations may change")
    saved = Checkpoint.load(Path(cfg["resume"]) / "last.safetensors").meta["config"]
    return saved | {"resume": cfg["resume"]} | {name: cfg[name] for name in names & {"iterations"}}


def resume_folder(overrides):
    """Return the override that makes a resumed run write into its own folder; nothing for another run."""
    for word in overrides:
        if word.startswith("resume=") and word != "resume=null":
            folder = Path(word.removeprefix("resume=").strip("'\""))
            if not (folder / "last.safetensors").is_file():
                raise NetkitError(f"resume={folder}: no last.safetensors there: name the folder of a run")
            return [f"hydra.run.dir='{folder.resolve()}'"]
    return []


def compose(command, overrides=()):
    """Return the configuration of a command with overrides, as plain mappings, without running anything."""
    import hydra

    register_plugin_configs()
    try:
        with hydra.initialize_config_module("netkit.conf", version_base="1.3"):
            return plain(hydra.compose(command, list(overrides)))
    except NetkitError:
        raise
    except Exception as error:  # as in run_hydra
        raise NetkitError(one_line(error, command)) from error


def plain(cfg):
    """Return a configuration as plain mappings and lists, every ${...} and table file replaced by what is in it."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    try:
        cfg = OmegaConf.to_container(cfg, resolve=True)
    except OmegaConfBaseException as error:
        raise NetkitError(one_line(error, "")) from error
    inline((cfg.get("arch") or {}).get("layers"))
    return cfg


def register_plugin_configs():
    """Tell Hydra where the plugins keep their YAML; after netkit's own, so that they can add and not shadow."""
    from hydra.core.plugins import Plugins
    from hydra.plugins.search_path_plugin import SearchPathPlugin

    class PluginConfigs(SearchPathPlugin):
        def manipulate_search_path(self, search_path):
            for plugin, path in Registry().configs:
                search_path.append(provider=plugin, path=path)

    Plugins.instance().register(PluginConfigs)


def quiet_rank():
    """Return the overrides that keep all but the first of several MPI ranks from writing run folders."""
    if not any(os.environ.get(name, "0") != "0" for name in RANKS):
        return []
    there = tempfile.gettempdir()
    return [
        f"hydra.run.dir={there}", f"hydra.sweep.dir={there}", "hydra.sweep.subdir=.", "hydra.output_subdir=null",
        "hydra/job_logging=disabled", "hydra/hydra_logging=disabled",
    ]  # fmt: skip


def one_line(error, command):
    """Return what Hydra or OmegaConf said of a configuration as one line that names the remedy."""
    chain = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    text = " ".join(str(error).split())
    key = re.search(r"Could not override '([^']+)'|Key '([^']+)' is not in struct", text)
    if key:
        name, all_of_them = key[1] or key[2], f"netkit {command} --cfg job prints all"
        return f"{name}: there is no such variable{near(name, command)}; {all_of_them} (+{name}=... adds it)"
    pattern = r"In '[^']+': Could not find '([^']+)' Available options in '([^']+)': (.*?)(?: Config search path|$)"
    group = re.search(pattern, text)
    if group:
        choice, kind, known = group[1].split("/")[-1], group[2], ", ".join(group[3].split())
        return f"{kind}={choice}: there is no such {kind}: there are {known}"
    return re.sub(r" ?(full_key|object_type|reference_type)[:=] ?\S*", "", text) or type(error).__name__


def near(name, command):
    """Return a hint at the variable that `name` may be meant for, at the deepest level of it that exists."""
    import hydra

    try:
        with hydra.initialize_config_module("netkit.conf", version_base="1.3"):
            known, path = plain(hydra.compose(command)), []
    except Exception:  # a hint is not worth an error
        return ""
    words = name.split(".")
    while words and isinstance(known, dict) and words[0] in known:
        known = known[words[0]]
        path.append(words.pop(0))
    close = difflib.get_close_matches(words[0], map(str, known), 1) if words and isinstance(known, dict) else []
    return f": did you mean {'.'.join([*path, *close])}?" if close else ""

"""What a plugin may bring: one hook a kind. Each returns data, {name: class or "module:Class"}."""

from typing import Any, TypeAlias

import pluggy

Classes: TypeAlias = dict[str, Any] | None  # a class, or "module:Class"
Commands: TypeAlias = dict[str, tuple[str, str]] | None
HOOKS = 1  # the version of the hooks below: one more with each change that a plugin may rely on
hookspec = pluggy.HookspecMarker("netkit")
hookimpl = pluggy.HookimplMarker("netkit")


@hookspec
def netkit_layers() -> Classes:
    """Return {type: netkit.Layer subclass}: what `type:` in an arch's layers may name."""


@hookspec
def netkit_datasets() -> Classes:
    """Return {type: netkit.Dataset subclass}: what `data.type` may name."""


@hookspec
def netkit_scenes() -> Classes:
    """Return {type: netkit.Scenes subclass}: what `scenes.type` may name."""


@hookspec
def netkit_energies() -> Classes:
    """Return {type: netkit.Energy subclass}: what `energy.type` may name."""


@hookspec
def netkit_optimizers() -> Classes:
    """Return {type: netkit.Optimizer subclass}: what `optimizer.type` may name."""


@hookspec
def netkit_visualizers() -> Classes:
    """Return {type: netkit.Visualizer subclass}: what `type:` in `show` may name."""


@hookspec
def netkit_backends() -> Classes:
    """Return {type: netkit.Backend subclass}: what `backend.type` may name."""


@hookspec
def netkit_communicators() -> Classes:
    """Return {type: netkit.Communicator subclass}: what `comm.type` may name."""


@hookspec
def netkit_weights() -> Classes:
    """Return {ending: netkit.WeightsFile subclass}: the files that `weights=` may name.

    An ending has its dot: {".mat": "netkit.eblearn.mat:Mat"}.
    """


@hookspec
def netkit_commands() -> Commands:
    """Return {name: (help, click command)}: what `netkit NAME` runs.

    The help is one line for `netkit --help`, which imports no command: give the command as
    "module:command". It is an object that click.command() made.
    """


@hookspec
def netkit_configs() -> list[str] | None:
    """Return where this plugin's own YAML is, ["pkg://package.conf"]; netkit's own comes first."""


@hookspec
def netkit_config_files() -> Classes:
    """Return {ending: function}: what `netkit train FILE` takes as another program's configuration.

    An ending has its dot. function(path, command, words, folder) writes YAML into a folder, a file
    that begins with `defaults: [COMMAND]`, and returns (its name without .yaml, the words that it
    did not take, lines that tell what was not carried over). command: train, detect or evaluate.
    """

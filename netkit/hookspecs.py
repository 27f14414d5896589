"""What a plugin may bring: one hook a kind. Each returns data, {name: class or "module:Class"}."""

import pluggy

hookspec = pluggy.HookspecMarker("netkit")
hookimpl = pluggy.HookimplMarker("netkit")


@hookspec
def netkit_layers():
    """Return {type: netkit.Layer subclass}: what `type:` in an arch's layers may name."""


@hookspec
def netkit_datasets():
    """Return {type: netkit.Dataset subclass}: what `data.type` may name."""


@hookspec
def netkit_scenes():
    """Return {type: netkit.scenes.Scenes subclass}: what `scenes.type` may name."""


@hookspec
def netkit_energies():
    """Return {type: netkit.Energy subclass}: what `energy.type` may name."""


@hookspec
def netkit_optimizers():
    """Return {type: netkit.Optimizer subclass}: what `optimizer.type` may name."""


@hookspec
def netkit_visualizers():
    """Return {type: netkit.Visualizer subclass}: what `type:` in `show` may name."""


@hookspec
def netkit_backends():
    """Return {type: netkit.Backend subclass}: what `backend.type` may name."""


@hookspec
def netkit_weights():
    """Return {ending: netkit.WeightsFile subclass}: the files that `weights=` may name.

    An ending has its dot: {".mat": "netkit.eblearn.mat:Mat"}.
    """


@hookspec
def netkit_commands():
    """Return {name: (help, click command)}: what `netkit NAME` runs.

    The help is one line for `netkit --help`, which imports no command: give the command as
    "module:command". It is an object that click.command() made.
    """


@hookspec
def netkit_configs():
    """Return the places of this plugin's own YAML, ["pkg://package.conf"], searched after netkit's
    own.
    """

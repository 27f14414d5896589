"""netkit summary: a table of a net's layers."""

from typing import Any

from netkit.build.augment import augmented
from netkit.build.parts import make_backend, make_data, make_net
from netkit.build.transfer import begin
from netkit.commands.columns import table
from netkit.net import Net
from netkit.overview.run import aligned
from netkit.pictures.layer_table import HEAD, layer_rows
from netkit.registry import Registry


def summary(cfg: dict[str, Any]) -> str:
    """Return a table of the net that `netkit train` would build, and what it would begin with."""
    registry = Registry()
    ops, data = make_backend(registry, cfg), make_data(registry, cfg)
    net = make_net(
        registry, augmented(cfg, data.train.images), data.shape, classes=len(data.classes), ops=ops
    )
    lines = list(begin(registry, cfg, net, data).lines())
    return "\n".join([net_table(net), *([aligned(lines)] if lines else [])])


def net_table(net: Net) -> str:
    """Return the layers of a net as a table for the terminal."""
    return table([HEAD, *layer_rows(net)])

"""netkit summary: a table of a net's layers."""

from typing import Any

from netkit.build.parts import make_backend, make_data, make_net
from netkit.commands.columns import table
from netkit.net import Net
from netkit.pictures import layer_table
from netkit.pictures.layer_table import HEAD
from netkit.registry import Registry


def summary(cfg: dict[str, Any]) -> str:
    """Return a table of the layers of the net that `netkit train` would build."""
    registry = Registry()
    ops, data = make_backend(registry, cfg), make_data(registry, cfg)
    net = make_net(registry, cfg, data.shape, classes=len(data.classes), ops=ops)
    return net_table(registry, net)


def net_table(registry: Registry, net: Net) -> str:
    """Return the layers of a net as a table for the terminal."""
    return table(layer_rows(registry, net))


def layer_rows(registry: Registry, net: Net) -> list[tuple[str, ...]]:
    """Return the rows of the table, its head first; see pictures/layer_table.py."""
    return [HEAD, *layer_table.layer_rows(net, type_of=registry.layer_type)]

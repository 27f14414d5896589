"""netkit summary: a table of a net's layers."""

from typing import Any

from netkit.build.parts import make_backend, make_data, make_net
from netkit.commands.columns import by_x, table
from netkit.net import Net
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
    """Return a row a layer: name, type, output shape, weights, multiply-adds of a sample."""
    rows: list[tuple[str, ...]] = [("layer", "type", "output", "weights", "multiply-adds")]
    rows.append(("input", "", by_x(net.shape), "", ""))
    total, before = 0, net.shape
    for (name, layer), shape in zip(net.layers.items(), net.shapes, strict=True):
        cost = layer.cost(before, shape)
        size = sum(int(w.size) for full, w in net.weights.items() if full.startswith(f"{name}."))
        counts = (f"{n:,}" if n else "" for n in (size, cost))
        rows.append((name, registry.layer_type(layer), by_x(shape), *counts))
        total, before = total + cost, shape
    rows.append(("total", "", "", f"{net.values.size:,}", f"{total:,}"))
    return rows

"""netkit summary: a table of a net's layers."""

from netkit.build.parts import make_backend, make_data, make_net
from netkit.commands.columns import shown, table
from netkit.registry import Registry


def summary(cfg):
    """Return a table of the net of `cfg`: layers, output shapes, weights and multiply-adds a
    sample.
    """
    registry = Registry()
    ops = make_backend(registry, cfg)
    data = make_data(registry, cfg)
    net = make_net(registry, cfg, data.shape, len(data.classes), ops, data.bias, data.coeff)
    rows, total, before = [("layer", "type", "output", "weights", "multiply-adds")], 0, net.shape
    rows.append(("input", "", shown(net.shape), "", ""))
    for (name, layer), shape in zip(net.layers.items(), net.shapes, strict=True):
        cost = layer.cost(before, shape)
        size = sum(int(w.size) for full, w in net.weights.items() if full.startswith(f"{name}."))
        kind = registry.layer_type(layer)
        rows.append(
            (name, kind, shown(shape), f"{size:,}" if size else "", f"{cost:,}" if cost else "")
        )
        total, before = total + cost, shape
    rows.append(("total", "", "", f"{net.values.size:,}", f"{total:,}"))
    return table(rows)

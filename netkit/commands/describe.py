"""netkit summary and netkit plugins: tables of a net's layers and of all that is registered."""

from netkit.commands.build import make_backend, make_data, make_net
from netkit.registry import Registry


def summary(cfg):
    """Return a table of the net of `cfg`: layers, output shapes, weights and multiply-adds a sample."""
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
        rows.append((name, kind, shown(shape), f"{size:,}" if size else "", f"{cost:,}" if cost else ""))
        total, before = total + cost, shape
    rows.append(("total", "", "", f"{net.x.size:,}", f"{total:,}"))
    return table(rows)


def plugins():
    """Return a table of all that is registered, and of the plugins that did not load."""
    registry = Registry()
    rows = [("kind", "name", "plugin")]
    for kind, names in registry.found.items():
        rows += [(kind, name, ", ".join(sorted(offers))) for name, offers in sorted(names.items())]
    text = table(rows)
    for name, error in registry.broken.items():
        text += f"\nplugin '{name}' did not load: {type(error).__name__}: {error}"
    return text


def shown(shape):
    """Return (6, 28, 28) as 6x28x28."""
    return "x".join(map(str, shape))


def table(rows):
    """Return rows of text in columns; a column of numbers stands at the right."""
    columns = list(zip(*rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(not c or c.replace(",", "").isdigit() for c in column[1:]) for column in columns]
    lines = []
    for row in rows:
        cells = [c.rjust(w) if r else c.ljust(w) for c, w, r in zip(row, widths, right, strict=True)]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)

"""What the commands do, top to bottom, from a composed configuration of plain mappings."""

import json
import logging
from pathlib import Path

import yaml

from netkit import __version__
from netkit.checkpoint import Checkpoint
from netkit.detector import Detector
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.images import find_images, read_image, save_annotated
from netkit.net import Net
from netkit.registry import Registry
from netkit.trainer import Trainer

log = logging.getLogger("netkit")
EXAMPLES = Path(__file__).parent / "plugins" / "digits"  # ten images that ship with netkit


def train(cfg, folder):
    """Train what `cfg` describes and leave everything in `folder`; return the results of the last iteration."""
    registry, folder = Registry(), Path(folder)
    ops = make_backend(registry, cfg)
    data = registry.make("dataset", cfg["data"], "data")
    net = make_net(registry, cfg, data.shape, len(data.classes), ops, data.bias, data.coeff)
    energy = registry.make("energy", cfg["energy"]).bind(ops, net, len(data.classes))
    if cfg["weights"]:
        Checkpoint.load(cfg["weights"]).restore(net)
    trainer = Trainer(
        net,
        data,
        energy,
        registry.make("optimizer", cfg["optimizer"]),
        folder,
        whole(cfg, "iterations"),
        whole(cfg, "batch_size", 1),
        cfg["seed"],
        cfg["arch"].get("name", "net"),
        {"version": __version__, "config": cfg, "classes": data.classes, "shape": list(data.shape)}
        | {"bias": data.bias, "coeff": data.coeff},
        {name: registry.make("visualizer", spec, f"show.{name}") for name, spec in cfg["show"].items() if spec},
    )
    if cfg["resume"]:
        trainer.restore(Checkpoint.load(folder / "last.safetensors"))
    write_beside(folder / "config.yaml", yaml.safe_dump(cfg, sort_keys=False).encode())
    trainer.run()
    return trainer.row


def make_backend(registry, cfg):
    """Make the backend that `cfg` names."""
    return registry.make("backend", cfg["backend"], "backend")


def make_net(registry, cfg, shape, noutputs, ops, bias, coeff):
    """Build the net of cfg["arch"] for samples of `shape` and so many classes."""
    if cfg["dtype"] not in ("float32", "float64"):
        raise NetkitError(f"dtype={cfg['dtype']}: there are float32, float64")
    layers = registry.layers(cfg["arch"]["layers"], noutputs)
    return Net(layers, shape, ops, cfg["dtype"], whole(cfg, "seed"), bias, coeff)


def whole(cfg, name, least=0):
    """Return cfg[name] if it is a whole number of at least `least`."""
    value = cfg[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise NetkitError(f"{name}={value}: give a whole number from {least}")
    return value


def detect(cfg, folder):
    """Classify the images that `cfg` names: print a line each, write detections.jsonl and annotated pictures."""
    registry, folder = Registry(), Path(folder)
    detector = make_detector(registry, cfg)
    paths = find_images(cfg["input"] or str(EXAMPLES))
    skipped = 0
    with open(folder / "detections.jsonl", "w", encoding="utf-8") as lines:
        for path in paths:
            try:
                image = read_image(path, detector.net.shape[0])
            except NetkitError as error:
                skipped += 1
                log.warning("skipped: %s", error)
                continue
            found = detector(image)
            report(path, found, lines)
            if cfg["save_images"]:
                boxes = [(f"{d.name} {d.confidence:.2f}", d.box) for d in found]
                save_annotated(free_name(folder / f"{path.stem}.png"), image, boxes)
    print(f"{len(paths) - skipped} images, {skipped} skipped: {folder}/detections.jsonl")
    if skipped:
        raise NetkitError(f"{skipped} of {len(paths)} images could not be read: they are named above")


def make_detector(registry, cfg):
    """Make a Detector of a weights file: it holds all that its net needs."""
    if not cfg["weights"]:
        raise NetkitError("weights=null: name the file of a trained net, weights=outputs/.../best.safetensors")
    if cfg["scaling_type"] != 4:
        raise NetkitError(f"scaling_type={cfg['scaling_type']}: there is 4, the original image")
    for name in ("threshold", "overlap"):
        if isinstance(cfg[name], bool) or not isinstance(cfg[name], (int, float)) or not 0 <= cfg[name] <= 1:
            raise NetkitError(f"{name}={cfg[name]}: give a number from 0 to 1")
    checkpoint = Checkpoint.load(cfg["weights"])
    meta, ops = checkpoint.meta, make_backend(registry, cfg)
    classes = meta["classes"]
    net = make_net(registry, meta["config"], meta["shape"], len(classes), ops, meta["bias"], meta["coeff"])
    checkpoint.restore(net)
    energy = registry.make("energy", meta["config"]["energy"]).bind(ops, net, len(classes))
    return Detector(net, energy, classes, cfg["threshold"], cfg["overlap"])


def report(path, found, lines):
    """Print what was found in one image and write it as one line of JSON."""
    for d in found:
        print(f"{path.name}: {d.name} ({d.confidence:.2f}) box {','.join(map(str, d.box))}", flush=True)
    if not found:
        print(f"{path.name}: nothing", flush=True)
    rows = [{"class": d.name, "label": d.label, "confidence": d.confidence, "box": d.box} for d in found]
    lines.write(json.dumps({"image": str(path), "detections": rows}) + "\n")
    lines.flush()


def free_name(path):
    """Return `path`, or the first of path-2, path-3, ... that is not taken."""
    for k in range(2, 1 << 30):
        if not path.exists():
            return path
        path = path.with_name(f"{path.stem.removesuffix(f'-{k - 1}')}-{k}{path.suffix}")
    return path


def summary(cfg):
    """Return a table of the net of `cfg`: layers, output shapes, weights and multiply-adds a sample."""
    registry = Registry()
    ops = make_backend(registry, cfg)
    data = registry.make("dataset", cfg["data"], "data")
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

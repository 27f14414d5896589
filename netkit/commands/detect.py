"""netkit detect: a trained net over images, and what is written of its answers."""

import json
import logging
from pathlib import Path

from netkit.commands.build import make_backend, make_net
from netkit.commands.trained import load_trained
from netkit.detector import Detector
from netkit.errors import NetkitError
from netkit.files.images import find_images, read_image, save_annotated
from netkit.registry import Registry

log = logging.getLogger("netkit")
EXAMPLES = Path(__file__).parent.parent / "plugins" / "digits"  # ten images that ship with netkit


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
    if cfg["scaling_type"] != 4:
        raise NetkitError(f"scaling_type={cfg['scaling_type']}: there is 4, the original image")
    for name in ("threshold", "overlap"):
        if isinstance(cfg[name], bool) or not isinstance(cfg[name], (int, float)) or not 0 <= cfg[name] <= 1:
            raise NetkitError(f"{name}={cfg[name]}: give a number from 0 to 1")
    checkpoint = load_trained(registry, cfg)
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

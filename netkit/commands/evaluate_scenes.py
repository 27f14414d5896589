"""netkit evaluate of a detector: it looks at scenes as netkit detect does, and is measured."""

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from netkit.build.detector import make_detector
from netkit.build.inputs import make_preparation, progress_bar
from netkit.build.measured_data import words_said
from netkit.build.parts import make_part
from netkit.build.thresholds import save_threshold
from netkit.build.trained import load_trained
from netkit.checks import Whole, taken
from netkit.commands.measured_boxes import measured_boxes
from netkit.detection.detector import Detection, Detector
from netkit.detection.drawings import Annotator, Pictures
from netkit.detection.look import background_of
from netkit.detection.preparation import Preparation
from netkit.errors import NetkitError
from netkit.files.images import from_array
from netkit.files.sources import Frame, flipped
from netkit.files.text import printable
from netkit.measurement.metrics import Metrics
from netkit.measurement.reports import write_measured, write_worst
from netkit.measurement.results import Results
from netkit.registry import Registry
from netkit.scenes import Scene, Scenes
from netkit.training.finding import LEAST

log = logging.getLogger("netkit")
LEFT = 0.5  # of a box, cut off by input_crop, that has to be left for it to be looked for


def evaluate_scenes(cfg: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run the detector over the scenes of `cfg`: print and write how well it finds the boxes."""
    registry = Registry()
    save = taken("save_threshold", cfg["save_threshold"], bool)
    if save and not cfg["weights"]:
        raise NetkitError("save_threshold=true: name the weights to write it into: weights=RUN")
    cfg = for_the_net(registry, cfg)
    detector = make_detector(registry, cfg, say=print)
    data = make_part(registry, "scenes", cfg | {"channels": detector.net.shape[0]})
    worst = taken("save_worst", cfg["save_worst"], Whole)
    looking = Looking(detector, make_preparation(cfg, detector), data, mirror=cfg["mirror"])
    pictures = Pictures(folder, Annotator()) if cfg["save_images"] else None
    metrics, start = Metrics(looking.classes), time.monotonic()
    with progress_bar(len(data)) as step:
        for scene, found in looking.answers(data):
            looking.measure(metrics, scene, found)
            if pictures:
                pictures.add(Frame(scene.name, scene.image), found)
            step()
    if not metrics.images:
        raise NetkitError(f"scenes={cfg['scenes']['type']}: holds no image")
    results = Results(metrics, float(detector.thresholds.min()))
    summary = results.summary()
    files = write_measured(results, summary, folder)
    if worst:
        files += write_worst(results, map(looking.seen, data), folder, worst)
    print(measured_boxes(summary))
    if save:
        print(save_threshold(cfg, results.best, float(detector.thresholds.min())))
    seconds = time.monotonic() - start
    print(f"{seconds:.1f} s: {printable(folder)}/{', '.join(files)}")
    return summary


def for_the_net(registry: Registry, cfg: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration in which all but the worst guesses of nets of whole pictures count.

    The threshold in conf/evaluate.yaml is for nets of windows, which know background. What the
    command says stays.
    """
    if not cfg["weights"] or "threshold" in words_said(cfg):
        return cfg
    meta = load_trained(registry, cfg).meta
    whole = registry.get("energy", meta["config"]["energy"]["type"]).targets == "boxes"
    if not whole and background_of(meta["classes"], cfg["background_name"]) is not None:
        return cfg
    return cfg | {"threshold": LEAST}


class Looking:
    """A detector that looks at scenes as `netkit detect` looks at files.

    classes: those that the net and the scenes share; boxes of others are left out.
    """

    def __init__(
        self, detector: Detector, preparation: Preparation, scenes: Scenes, *, mirror: bool
    ) -> None:
        self.detector = detector
        self.preparation = preparation
        self.theirs = scenes.classes
        self.mirror = mirror
        self.classes = shared_classes(detector.classes, scenes.classes)
        self.numbers = {name: k for k, name in enumerate(self.classes)}

    def answers(self, scenes: Scenes) -> Iterator[tuple[Scene, list[Detection]]]:
        """Yield (scene as it is seen, detections in its pixels), several images in flight."""
        items = ((scene, self.preparation(scene.image)) for scene in map(self.seen, scenes))
        keyed = (((scene, image.shape[1:]), image) for scene, image in items)
        for (scene, size), found in self.detector.each(keyed):
            back = self.preparation.restored
            yield scene, [back(d, whole=scene.image, prepared=size) for d in found]

    def seen(self, scene: Scene) -> Scene:
        """Return a scene with the channels that the net takes, turned left to right if asked."""
        image = flipped(from_array(scene.image, self.detector.net.shape[0]), self.mirror)
        boxes = scene.boxes
        if self.mirror:
            width = image.shape[2]
            boxes = np.stack(
                [width - boxes[:, 2], boxes[:, 1], width - boxes[:, 0], boxes[:, 3]], axis=1
            )
        return scene._replace(image=image, boxes=boxes)

    def measure(self, metrics: Metrics, scene: Scene, found: list[Detection]) -> None:
        """Add a scene, as it is seen, and what was found in it to a measurement.

        Boxes that the scene says so of need not be found, nor those of which input_crop leaves less
        than half.
        """
        some = [d for d in found if d.name in self.numbers]
        places = [self.numbers.get(name, -1) for name in self.theirs]
        labels = np.array(places, int)[scene.labels]
        boxes, left = self.preparation.visible(scene.boxes, scene.image.shape[1:])
        there = (labels >= 0) & (left > 0)
        ignored = left < LEFT
        if scene.ignored is not None:
            ignored |= scene.ignored
        metrics.add(
            np.array([d.box for d in some], float).reshape(-1, 4),
            np.array([d.confidence for d in some]),
            np.array([self.numbers[d.name] for d in some], int),
            true_boxes=boxes[there],
            true_labels=labels[there],
            ignored=ignored[there],
            crowds=None if scene.crowds is None else scene.crowds[there],
            name=scene.name,
        )


def shared_classes(ours: list[str], theirs: list[str]) -> list[str]:
    """Return the classes that the net and the data share; say which of the data's it has not."""
    shared = [name for name in theirs if name in ours]
    if not shared:
        raise NetkitError(
            f"the net's classes are {', '.join(ours)}, the data's {', '.join(theirs)}: "
            "none is shared"
        )
    if strange := [name for name in theirs if name not in ours]:
        log.warning(
            "%s: no class of this net: boxes of it are left out", printable(", ".join(strange))
        )
    return shared

"""netkit detect: a trained net over images, and what is written of its answers."""

import logging
import sys
from pathlib import Path

import numpy as np

from netkit.commands.detector import make_detector
from netkit.detection.drawings import Crops, Pictures, VideoFile
from netkit.detection.tracks import Tracker
from netkit.detection.writers import Coco, Csv, Eblearn, Lines
from netkit.errors import NetkitError
from netkit.files.images import resize
from netkit.files.sources import Video, find_inputs, frames
from netkit.registry import Registry

log = logging.getLogger("netkit")
EXAMPLES = Path(__file__).parent.parent / "plugins" / "digits"  # ten images that ship with netkit


def detect(cfg, folder):
    """Look for the net's classes in the images that `cfg` names: print a line each, write what it asks for."""
    registry, folder = Registry(), Path(folder)
    detector = make_detector(registry, cfg)
    source = Source(cfg, detector)
    writers = make_writers(cfg, folder, detector)
    tracker = Tracker(cfg["track_memory"], cfg["track_overlap"]) if cfg["track"] else None
    try:
        for frame, found in source.answers():
            if tracker:
                found = tracker(found, frame.stream)
            report(frame, found)
            for writer in writers:
                writer.add(frame, found)
    finally:
        for writer in writers:
            writer.close()
    print(f"{source.seen} images, {len(source.skipped)} skipped: {folder}/detections.jsonl")
    if source.skipped:
        total = source.seen + len(source.skipped)
        raise NetkitError(f"{len(source.skipped)} of {total} images could not be read: they are named above")


def make_writers(cfg, folder, detector):
    """Return what writes the detections down, by the save_ and bbox_ switches."""
    label = {"show_class": cfg["bbox_show_class"], "show_confidence": cfg["bbox_show_conf"]}
    writers = [Lines(folder / "detections.jsonl")]
    if cfg["save_csv"]:
        writers.append(Csv(folder / "detections.csv"))
    if cfg["save_coco"]:
        writers.append(Coco(folder / "coco.json", detector.classes))
    if cfg["bbox_saving"]:
        writers.append(Eblearn(folder, cfg["bbox_saving"]))
    if cfg["save_images"]:
        writers.append(Pictures(folder, **label))
    if cfg["save_detections"]:
        writers.append(Crops(folder / "crops", detector.net.shape[1:], cfg["save_max"], cfg["save_max_per_frame"]))
    if cfg["save_video"]:
        writers.append(VideoFile(folder / "detections.mp4", cfg["save_video_fps"], **label))
    return writers


class Source:
    """The frames that `cfg` names, with the detections in each; counts those seen and those that could not be read."""

    def __init__(self, cfg, detector):
        self.cfg, self.detector, self.seen, self.skipped = cfg, detector, 0, []
        channels, mirror = detector.net.shape[0], cfg["mirror"]
        if cfg["camera"] is not None:
            self.paths, self.frames = [], Video(cfg["camera"], channels, cfg["skip_frames"], mirror)
        else:
            given = cfg["input"] or (None if cfg["input_list"] else str(EXAMPLES))
            order = cfg["input_random"], cfg["input_npasses"], cfg["seed"]
            self.paths = find_inputs(given, cfg["input_list"], cfg["file_pattern"], *order)
            self.frames = frames(self.paths, channels, cfg["skip_frames"], mirror)

    def answers(self):
        """Yield (frame, detections), several images in flight over the cores; a single one's scales are instead."""
        readable, waiting = self.readable(), []

        def images():
            for frame in readable:
                image = self.prepared(frame.image)
                waiting.append((frame, image.shape[1:]))
                yield image

        with progress(len(self.paths)) as step:
            alone = len(self.paths) == 1 and not str(self.paths[0]).lower().endswith((".gif", ".mp4"))
            found = map(self.detector, images()) if alone else self.detector.each(images())
            for detections in found:
                frame, size = waiting.pop(0)
                self.seen += 1
                step()
                yield frame, [self.restored(d, frame.image, size) for d in detections]

    def readable(self):
        for frame in self.frames:
            if frame.error:
                self.skipped.append(frame.name)
                log.warning("skipped: %s", frame.error)
            else:
                yield frame

    def prepared(self, image):
        """Return an image cut and resized as input_crop, input_height and input_width say."""
        if self.cfg["input_crop"]:
            y, x, height, width = self.cfg["input_crop"]
            image = image[:, y : y + height, x : x + width]
            if not image.size:
                raise NetkitError(f"input_crop={list(self.cfg['input_crop'])}: lies outside of an image")
        height, width = self.cfg["input_height"], self.cfg["input_width"]
        if height or width:
            ratio = image.shape[2] / image.shape[1]
            height, width = height or max(1, round(width / ratio)), width or max(1, round(height * ratio))
            image = resize(image, height, width)
        return np.ascontiguousarray(image)

    def restored(self, d, image, size):
        """Return a detection in a prepared image of (height, width) `size` with its box in pixels of the whole one."""
        if not (self.cfg["input_crop"] or self.cfg["input_height"] or self.cfg["input_width"]):
            return d
        y, x, height, width = self.cfg["input_crop"] or (0, 0, *image.shape[1:])
        height, width = min(height, image.shape[1] - y), min(width, image.shape[2] - x)
        down, right = height / size[0], width / size[1]
        x0, y0, x1, y1 = d.box
        return d._replace(box=(x + x0 * right, y + y0 * down, x + x1 * right, y + y1 * down))


class progress:
    """On a terminal, a bar with the time left over several images: `with progress(n) as step`."""

    def __init__(self, total):
        self.bar = None
        if total > 1 and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(transient=True, console=Console(stderr=True))
            self.task = self.bar.add_task("images", total=total)

    def __enter__(self):
        if not self.bar:
            return lambda: None
        self.bar.start()
        return lambda: self.bar.advance(self.task)

    def __exit__(self, *_):
        if self.bar:
            self.bar.stop()


def report(frame, found):
    """Print what was found in one image."""
    name = Path(frame.name).name
    for d in found:
        track = f" track {d.track}" if d.track is not None else ""
        box = ",".join(f"{round(v)}" for v in d.box)
        print(f"{name}: {d.name} ({d.confidence:.2f}) box {box}{track}", flush=True)
    if not found:
        print(f"{name}: nothing", flush=True)

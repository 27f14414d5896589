"""The images that netkit detect looks at: found, read, prepared, and several of them in flight."""

import logging
import sys
from pathlib import Path

import numpy as np

from netkit.build.detector import settled
from netkit.errors import NetkitError
from netkit.files.images import resize
from netkit.files.sources import Video, find_inputs, frames

log = logging.getLogger("netkit")
EXAMPLES = Path(__file__).parent.parent / "plugins" / "digits"  # ten images that ship with netkit
MIDDLE = 127  # grey level above which the ground of an image is light


class Source:
    """The frames that `cfg` names, with the detections in each; counts those seen and those that
    could not be read.
    """

    def __init__(self, cfg, detector):
        self.cfg, self.detector, self.seen, self.skipped = cfg, detector, 0, []
        self.invert = settled(cfg)["invert"]
        if self.invert not in (True, False, "auto"):
            raise NetkitError(f"invert={self.invert}: there are true, false, auto")
        channels, mirror = detector.net.shape[0], cfg["mirror"]
        if cfg["camera"] is not None:
            self.paths, self.frames = [], Video(cfg["camera"], channels, cfg["skip_frames"], mirror)
        else:
            given = cfg["input"] or (None if cfg["input_list"] else str(EXAMPLES))
            order = cfg["input_random"], cfg["input_npasses"], cfg["seed"]
            self.paths = find_inputs(given, cfg["input_list"], cfg["file_pattern"], *order)
            self.frames = frames(self.paths, channels, cfg["skip_frames"], mirror)

    def answers(self):
        """Yield (frame, detections), several images in flight over the cores; a single one's scales
        are instead.
        """
        readable, waiting = self.readable(), []

        def images():
            for frame in readable:
                image = self.prepared(frame.image)
                waiting.append((frame, image.shape[1:]))
                yield image

        with progress(0 if self.cfg["display"] else len(self.paths)) as step:
            alone = len(self.paths) == 1 and not str(self.paths[0]).lower().endswith(
                (".gif", ".mp4")
            )
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
                raise NetkitError(
                    f"input_crop={list(self.cfg['input_crop'])}: lies outside of an image"
                )
        height, width = self.cfg["input_height"], self.cfg["input_width"]
        if height or width:
            ratio = image.shape[2] / image.shape[1]
            height, width = (
                height or max(1, round(width / ratio)),
                width or max(1, round(height * ratio)),
            )
            image = resize(image, height, width)
        if self.invert is True or (self.invert == "auto" and np.median(image) > MIDDLE):
            image = ink(image)
        return np.ascontiguousarray(image)

    def restored(self, d, image, size):
        """Return a detection in a prepared image of (height, width) `size` with its box in pixels
        of the whole one.
        """
        if not (self.cfg["input_crop"] or self.cfg["input_height"] or self.cfg["input_width"]):
            return d
        y, x, height, width = self.cfg["input_crop"] or (0, 0, *image.shape[1:])
        height, width = min(height, image.shape[1] - y), min(width, image.shape[2] - x)
        down, right = height / size[0], width / size[1]
        x0, y0, x1, y1 = d.box
        return d._replace(box=(x + x0 * right, y + y0 * down, x + x1 * right, y + y1 * down))


def ink(image):
    """Return what is darker than the ground of an image (C, H, W), light on black: the ground is
    the median.
    """
    ground = np.median(image, axis=(1, 2), keepdims=True)
    return np.clip(ground - image, 0, 255).astype(np.float32)


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

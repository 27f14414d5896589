"""Drawings: annotated pictures, crops of what was found, and annotated video."""

from io import BytesIO
from pathlib import Path

import numpy as np

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.images import as_picture, draw_boxes, resize


def annotated(frame, found, show_class=True, show_confidence=True):
    """Return a frame's picture with a box for each detection and words on it (EBLearn's
    bbox_show_class and _conf).
    """
    boxes = []
    for d in found:
        words = [d.name] * bool(show_class) + [f"{d.confidence:.2f}"] * bool(show_confidence)
        boxes.append((" ".join(words + [f"#{d.track}"] * (d.track is not None)), d.box, d.label))
    return draw_boxes(frame.image, boxes)


class Pictures:
    """An annotated PNG an image."""

    def __init__(self, folder, show_class=True, show_confidence=True):
        self.folder, self.shown = Path(folder), (show_class, show_confidence)

    def add(self, frame, found):
        save_png(
            free_name(self.folder / f"{plain(frame.name)}.png"),
            annotated(frame, found, *self.shown),
        )

    def close(self):
        pass


class Crops:
    """Each detection cut out of its image, as it is and as the net saw it (its size).

    most: how many in all; most_a_frame: in one image, the most confident first; 0: no limit.
    """

    def __init__(self, folder, size, most=0, most_a_frame=0):
        self.folder, self.size, self.most, self.most_a_frame, self.count = (
            Path(folder),
            size,
            most,
            most_a_frame,
            0,
        )

    def add(self, frame, found):
        for d in sorted(found, key=lambda d: -d.confidence)[: self.most_a_frame or None]:
            if self.most and self.count >= self.most:
                return
            x0, y0, x1, y1 = (round(v) for v in d.box)
            part = frame.image[:, y0:y1, x0:x1]
            if not part.size:
                continue
            for kind, picture in (("original", part), ("seen", resize(part, *self.size))):
                folder = self.folder / kind / d.name
                folder.mkdir(parents=True, exist_ok=True)
                save_png(free_name(folder / f"{plain(frame.name)}.png"), as_picture(picture))
            self.count += 1

    def close(self):
        pass


class VideoFile:
    """All images, annotated, as the frames of one MP4; those of another size are resized to the
    first.
    """

    def __init__(self, path, rate=None, show_class=True, show_confidence=True):
        try:
            import cv2
        except ImportError:
            raise NetkitError(
                "save_video=true: needs OpenCV: pip install 'netkit[video]'"
            ) from None
        self.path, self.rate, self.shown, self.cv2, self.file = (
            path,
            rate,
            (show_class, show_confidence),
            cv2,
            None,
        )

    def add(self, frame, found):
        picture = annotated(frame, found, *self.shown)
        if self.file is None:
            rate = self.rate or getattr(frame.stream, "rate", 25.0)
            self.size = picture.size
            self.file = self.cv2.VideoWriter(
                str(self.path), self.cv2.VideoWriter_fourcc(*"mp4v"), rate, self.size
            )
            if not self.file.isOpened():
                raise NetkitError(f"{self.path}: OpenCV cannot write it")
        pixels = np.asarray(picture if picture.size == self.size else picture.resize(self.size))
        self.file.write(self.cv2.cvtColor(pixels, self.cv2.COLOR_RGB2BGR))

    def close(self):
        if self.file is not None:
            self.file.release()


def save_png(path, picture):
    """Write a Pillow picture as PNG, whole or not at all."""
    data = BytesIO()
    picture.save(data, "PNG")
    write_beside(path, data.getvalue())


def plain(name):
    """Return the last part of a name without its ending, fit for a file: clip.mp4[3] becomes
    clip-00003.
    """
    last, _, number = Path(name).name.partition("[")
    return Path(last).stem + (
        f"-{int(number.rstrip(']')):05d}" if number.rstrip("]").isdigit() else ""
    )


def free_name(path):
    """Return `path`, or the first of path-2, path-3, ... that is not taken."""
    free, k = path, 1
    while free.exists():
        k += 1
        free = path.with_name(f"{path.stem}-{k}{path.suffix}")
    return free

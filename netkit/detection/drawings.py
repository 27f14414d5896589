"""Drawings of detections: annotated pictures, crops of what was found, and annotated video."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Checked, Positive, Whole
from netkit.detection.writers import Writer
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.images import as_picture, resize
from netkit.files.names import free_name, safe_part, stem_of
from netkit.pictures.boxes import Labelled, draw_boxes
from netkit.pictures.style import png

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from netkit.detection.detector import Detection
    from netkit.files.sources import Frame


class Annotator(Checked):
    """Draw a frame's image with a box for each detection and words on it.

    bbox_show_class, bbox_show_conf: whether the class and the confidence are among the words.
    """

    def __init__(self, bbox_show_class: bool = True, bbox_show_conf: bool = True) -> None:
        self.show_class = bbox_show_class
        self.show_confidence = bbox_show_conf

    def __call__(self, frame: "Frame", found: "list[Detection]") -> "Picture":
        """Return the picture; the most confident box is on top."""
        return draw_boxes(frame.image, [Labelled(self.text(d), d.box, d.label) for d in found])

    def text(self, d: "Detection") -> str:
        """Return the words on a detection's box."""
        words = [d.name] if self.show_class else []
        words += [f"{d.confidence:.2f}"] if self.show_confidence else []
        words += [] if d.track is None else [f"#{d.track}"]
        return " ".join(words)


class Pictures(Writer):
    """An annotated PNG an image."""

    def __init__(self, folder: str | Path, annotated: Annotator) -> None:
        self.folder = Path(folder)
        self.annotated = annotated

    def add(self, frame: "Frame", found: "list[Detection]") -> None:
        path = free_name(self.folder / f"{stem_of(frame.name)}.png")
        write_beside(path, png(self.annotated(frame, found), colour=True))


class Crops(Checked, Writer):
    """Each detection cut out of its image, as it is and as the net saw it (its size).

    size: (height, width) of the net's input.  save_max: how many in all; save_max_per_frame: in one
    image, the most confident first; 0: no limit.
    """

    def __init__(
        self,
        folder: str | Path,
        size: tuple[int, int],
        *,
        save_max: Whole = 0,
        save_max_per_frame: Whole = 0,
    ) -> None:
        self.folder = Path(folder)
        self.size = size
        self.most = save_max
        self.most_per_frame = save_max_per_frame
        self.count = 0

    def add(self, frame: "Frame", found: "list[Detection]") -> None:
        best = sorted(found, key=lambda d: -d.confidence)
        for d in best[: self.most_per_frame or None]:
            if self.most and self.count >= self.most:
                return
            x0, y0, x1, y1 = (round(v) for v in d.box)
            part = frame.image[:, y0:y1, x0:x1]
            if not part.size:
                continue
            for kind, picture in (("original", part), ("seen", resize(part, *self.size))):
                folder = self.folder / kind / safe_part(d.name)
                folder.mkdir(parents=True, exist_ok=True)
                path = free_name(folder / f"{stem_of(frame.name)}.png")
                write_beside(path, png(as_picture(picture), colour=True))
            self.count += 1


class VideoFile(Checked, Writer):
    """All images, annotated, as the frames of one MP4, resized to the size of the first.

    save_video_fps: frames a second; null: as many as the source has.
    """

    lasting = False  # a video file is whole when it is closed

    def __init__(
        self, path: str | Path, annotated: Annotator, save_video_fps: Positive | None = None
    ) -> None:
        try:
            import cv2
        except ImportError:
            raise NetkitError(
                "save_video=true: needs OpenCV: pip install 'netkit[video]'"
            ) from None
        self.path = path
        self.annotated = annotated
        self.rate = save_video_fps
        self.cv2: Any = cv2
        self.file: Any = None
        self.size = (0, 0)

    def add(self, frame: "Frame", found: "list[Detection]") -> None:
        picture = self.annotated(frame, found)
        if self.file is None:
            self.size = picture.size
            self.file = self.open(self.rate or float(getattr(frame.stream, "rate", 25)))
        pixels = np.asarray(picture if picture.size == self.size else picture.resize(self.size))
        self.file.write(self.cv2.cvtColor(pixels, self.cv2.COLOR_RGB2BGR))

    def open(self, rate: float) -> Any:
        """Return OpenCV's writer of frames, so many a second."""
        code = self.cv2.VideoWriter_fourcc(*"mp4v")
        file = self.cv2.VideoWriter(str(self.path), code, rate, self.size)
        if not file.isOpened():
            raise NetkitError(f"{self.path}: OpenCV cannot write it")
        return file

    def close(self) -> None:
        if self.file is not None:
            self.file.release()

"""Sources: the images that a command looks at, from files, lists, standard input, animations,
videos and cameras.
"""

import random
import re
import sys
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.files.images import find_images, from_array, read_image, read_picture

VIDEOS = ".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".m4v", ".wmv"


class Frame(NamedTuple):
    """One image to look at: its name, the image (C, H, W) or the error of reading it, and the
    stream it is part of.
    """

    name: str
    image: np.ndarray | None
    error: NetkitError | None = None
    stream: Any = (
        None  # a Video, or the name of an animation: frames of one stream follow each other in time
    )


def find_inputs(source, listed=None, pattern=None, mix=False, passes=1, seed=0):
    """Return the paths that `input` and `input_list` name, in the order to look at them.

    listed: a text file with one path a line, or - for standard input.  pattern: a regular
    expression that a file's name must contain.  mix: in random order.  passes: each so many times.
    """
    if listed:
        try:
            text = sys.stdin.read() if listed == "-" else Path(listed).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise NetkitError(f"input_list={listed}: cannot be read ({error})") from None
        paths = [
            Path(line)
            for line in map(str.strip, text.splitlines())
            if line and not line.startswith("#")
        ]
    elif source == "-":
        paths = [Path("-")]
    else:
        paths = find_images(source, VIDEOS)
    if pattern:
        try:
            paths = [path for path in paths if re.search(pattern, path.name)]
        except re.error as error:
            raise NetkitError(
                f"file_pattern={pattern}: is no regular expression ({error})"
            ) from None
    if not paths:
        raise NetkitError(
            f"input={source} input_list={listed} file_pattern={pattern}: nothing is left to look at"
        )
    if mix:
        random.Random(seed).shuffle(paths)
    return paths * passes


def frames(paths, channels=1, skip=0, mirror=False):
    """Yield the Frames of files, in order; an unreadable one with its error. skip: frames to leave
    out after each.
    """
    for path in paths:
        try:
            yield from one(path, channels, skip, mirror)
        except NetkitError as error:
            yield Frame(str(path), None, error)


def one(path, channels, skip, mirror):
    """Yield the Frames of one file."""
    if str(path) == "-":
        yield Frame("stdin", flipped(read_stdin(channels), mirror))
    elif path.suffix.lower() in VIDEOS:
        yield from Video(str(path), channels, skip, mirror)
    elif path.suffix.lower() == ".gif":
        yield from animation(path, channels, skip, mirror)
    else:
        yield Frame(str(path), flipped(read_image(path, channels), mirror))


def flipped(image, mirror):
    return np.ascontiguousarray(image[..., ::-1]) if mirror else image


def read_stdin(channels):
    """Return the image whose bytes come on standard input."""
    data = sys.stdin.buffer.read()
    try:
        return read_picture(BytesIO(data), channels)
    except Exception as error:  # as in read_image: Pillow raises many classes
        raise NetkitError(
            f"input=-: the {len(data)} bytes on standard input are no image ({error})"
        ) from error


def animation(path, channels, skip, mirror):
    """Yield the frames of a GIF; its name alone where there is one."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            count = getattr(image, "n_frames", 1)
    except Exception:
        count = 1  # reading it will say what is wrong
    for k in range(0, count, skip + 1):
        image = flipped(read_image(path, channels, frame=k), mirror)
        yield Frame(
            str(path) if count == 1 else f"{path}[{k}]",
            image,
            stream=str(path) if count > 1 else None,
        )


class Video:
    """The frames of a video file or a camera, through OpenCV (extra `video`).

    source: a file's name, or a camera's number.  Iterating yields Frames named FILE[3] or
    camera0[3].
    """

    def __init__(self, source, channels=1, skip=0, mirror=False):
        try:
            import cv2
        except ImportError:
            raise NetkitError(
                f"{source}: video needs OpenCV: pip install 'netkit[video]'"
            ) from None
        self.source, self.channels, self.skip, self.mirror, self.cv2 = (
            source,
            channels,
            skip,
            mirror,
            cv2,
        )
        self.name = f"camera{source}" if isinstance(source, int) else source
        if not isinstance(source, int) and not Path(source).is_file():
            raise NetkitError(f"{source}: there is no such file")
        self.capture = cv2.VideoCapture(source)
        if not self.capture.isOpened():
            what = (
                "no such camera answers"
                if isinstance(source, int)
                else "OpenCV cannot read it as a video"
            )
            raise NetkitError(f"{self.name}: {what}")
        self.rate = self.capture.get(cv2.CAP_PROP_FPS) or 25.0  # frames a second

    def __iter__(self):
        try:
            number = 0
            while self.capture.grab():
                if number % (self.skip + 1) == 0:
                    good, picture = self.capture.retrieve()
                    if not good:
                        break
                    rgb = self.cv2.cvtColor(picture, self.cv2.COLOR_BGR2RGB)
                    image = flipped(from_array(rgb, self.channels), self.mirror)
                    yield Frame(f"{self.name}[{number}]", image, stream=self)
                number += 1
            if not number:
                raise NetkitError(f"{self.name}: holds no frame that can be read")
        finally:
            self.capture.release()

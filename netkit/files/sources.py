"""Sources: images from files, lists, standard input, animations, videos and cameras."""

import random
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.files.decoding import decode, open_picture
from netkit.files.images import find_images, from_array, read_image
from netkit.types import Array

VIDEOS = ".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".m4v", ".wmv"
STDIN = "-"


class Frame(NamedTuple):
    """One image to look at: its name, its pixels (C, H, W), and the stream it is part of.

    stream: a Video, or the name of an animation; frames of one stream follow each other in time.
    """

    name: str
    image: Array
    stream: Any = None


class Unreadable(NamedTuple):
    """What stands in the place of a Frame that cannot be read."""

    name: str
    error: NetkitError


def find_inputs(
    source: str | None,
    listed: str | None = None,
    pattern: str | None = None,
    *,
    mix: bool = False,
    passes: int = 1,
    seed: int = 0,
) -> list[Path]:
    """Return the paths that `input` and `input_list` name, in the order to look at them.

    listed: a text file with one path a line, or - for standard input.  pattern: a regular
    expression that a file's name must contain.  mix: in random order.  passes: each so many times.
    """
    if listed:
        paths = read_list(listed)
    elif source == STDIN:
        paths = [Path(STDIN)]
    else:
        paths = find_images(source or "", VIDEOS)
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


def read_list(listed: str) -> list[Path]:
    """Return the paths in a text file, or of standard input: one a line, # begins a comment."""
    try:
        text = sys.stdin.read() if listed == STDIN else Path(listed).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise NetkitError(f"input_list={listed}: cannot be read ({error})") from None
    lines = [line.strip() for line in text.splitlines()]
    return [Path(line) for line in lines if line and not line.startswith("#")]


def frames(
    paths: Iterable[Path], channels: int = 1, skip: int = 0, *, mirror: bool = False
) -> Iterator[Frame | Unreadable]:
    """Yield the Frames of files, in order; what cannot be read as Unreadable.

    skip: frames of a video or animation to leave out after each.  mirror: turn left to right.
    """
    for path in paths:
        try:
            yield from frames_of(path, channels, skip, mirror=mirror)
        except NetkitError as error:
            yield Unreadable(str(path), error)


def frames_of(path: Path, channels: int, skip: int, *, mirror: bool) -> Iterator[Frame]:
    """Yield the Frames of one file."""
    if str(path) == STDIN:
        yield Frame("stdin", flipped(read_stdin(channels), mirror))
    elif path.suffix.lower() in VIDEOS:
        yield from Video(str(path), channels, skip, mirror=mirror)
    elif path.suffix.lower() == ".gif":
        yield from animation(path, channels, skip, mirror=mirror)
    else:
        yield Frame(str(path), flipped(read_image(path, channels), mirror))


def flipped(image: Array, mirror: bool) -> Array:
    """Return an image (C, H, W), turned left to right if `mirror`."""
    return np.ascontiguousarray(image[..., ::-1]) if mirror else image


def read_stdin(channels: int) -> Array:
    """Return the image whose bytes come on standard input, as (channels, H, W)."""
    data = sys.stdin.buffer.read()
    try:
        return decode(BytesIO(data), 1 if channels == 1 else 3).pixels
    except Exception as error:  # as in read_image: Pillow raises many classes
        raise NetkitError(
            f"input=-: the {len(data)} bytes on standard input are no image ({error})"
        ) from error


def animation(path: Path, channels: int, skip: int, *, mirror: bool) -> Iterator[Frame]:
    """Yield the frames of a GIF, named FILE[3]; FILE where there is one alone."""
    try:
        with open_picture(path) as image:
            count = getattr(image, "n_frames", 1)
    except Exception:
        count = 1  # reading it will say what is wrong
    for k in range(0, count, skip + 1):
        pixels = flipped(read_image(path, channels, frame=k), mirror)
        if count == 1:
            yield Frame(str(path), pixels)
        else:
            yield Frame(f"{path}[{k}]", pixels, stream=str(path))


class Video:
    """The frames of a video file or a camera, through OpenCV (extra `video`).

    source: a file's name, or a camera's number.  Iterating yields Frames named FILE[3] or
    camera0[3].
    """

    def __init__(
        self, source: str | int, channels: int = 1, skip: int = 0, *, mirror: bool = False
    ) -> None:
        try:
            import cv2
        except ImportError:
            raise NetkitError(
                f"{source}: video needs OpenCV: pip install 'netkit[video]'"
            ) from None
        self.channels = channels
        self.skip = skip
        self.mirror = mirror
        self.cv2: Any = cv2
        self.name = f"camera{source}" if isinstance(source, int) else source
        if isinstance(source, str) and not Path(source).is_file():
            raise NetkitError(f"{source}: there is no such file")
        self.capture = self.cv2.VideoCapture(source)
        if not self.capture.isOpened():
            file = "OpenCV cannot read it as a video"
            what = file if isinstance(source, str) else "no such camera answers"
            raise NetkitError(f"{self.name}: {what}")
        self.rate: float = self.capture.get(cv2.CAP_PROP_FPS) or 25.0  # frames a second

    def __iter__(self) -> Iterator[Frame]:
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

"""Sources: images from files, lists, standard input, animations, videos and cameras."""

import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netkit.errors import NetkitError
from netkit.files.decoding import decode, open_picture
from netkit.files.images import from_array, read_image
from netkit.files.streams import STDIN
from netkit.files.tars import is_tar, members
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.sharding.portion import Portion

VIDEOS = ".mp4", ".avi", ".mov", ".mkv", ".webm", ".mpg", ".mpeg", ".m4v", ".wmv"


class Frame(NamedTuple):
    """One image to look at: its name, its pixels (C, H, W), and the stream it is part of.

    stream: a Video, or the name of an animation; frames of one stream follow each other in time.
    at: the place of its file among those of all shards; None without shards.
    """

    name: str
    image: Array
    stream: Any = None
    at: int | None = None


class Unreadable(NamedTuple):
    """What stands in the place of a Frame that cannot be read."""

    name: str
    error: NetkitError


def frames(
    paths: Iterable[Path],
    channels: int = 1,
    skip: int = 0,
    *,
    mirror: bool = False,
    portion: "Portion | None" = None,
) -> Iterator[Frame | Unreadable]:
    """Yield the Frames of files, in order; what cannot be read as Unreadable.

    skip: frames of a video or animation to leave out after each.  mirror: turn left to right.
    portion: which files, or pictures in tar files, are left to look at; None: all.
    """
    for path in paths:
        if is_tar(path):
            yield from tar_frames(path, channels, mirror=mirror, portion=portion)
        elif portion is None or portion(str(path)):
            at = portion.at if portion else None
            try:
                for frame in frames_of(path, channels, skip, mirror=mirror):
                    if portion and frame.stream is not None and portion.done.take(frame.name):
                        continue
                    yield frame if at is None else frame._replace(at=at)
            except NetkitError as error:
                yield Unreadable(str(path), error)


def tar_frames(
    path: Path, channels: int, *, mirror: bool, portion: "Portion | None"
) -> Iterator[Frame | Unreadable]:
    """Yield a Frame of each picture in a tar file."""
    try:
        for member in members(path, portion):
            try:
                image = picture_in(member.data, channels)
            except NetkitError as error:
                yield Unreadable(member.name, NetkitError(f"{member.name}: {error}"))
            else:
                yield Frame(member.name, flipped(image, mirror), at=member.at)
    except NetkitError as error:
        yield Unreadable(str(path), error)


def picture_in(data: bytes, channels: int) -> Array:
    """Return the picture whose file has these bytes, as (channels, H, W)."""
    try:
        return decode(BytesIO(data), 1 if channels == 1 else 3).pixels
    except Exception as error:  # as in read_image: Pillow raises many classes
        reason = str(error).split("\n")[0]
        raise NetkitError(
            f"cannot be read as an image ({reason}): convert it or remove it"
        ) from error


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

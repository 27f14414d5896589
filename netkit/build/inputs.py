"""The images that netkit detect looks at: found, read, prepared, and several of them in flight."""

import logging
import math
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netkit.build.detector import with_defaults
from netkit.build.parts import settings
from netkit.checks import Checked, Count, Whole
from netkit.detection.detector import Detection, Detector
from netkit.detection.preparation import Preparation
from netkit.errors import NetkitError
from netkit.files.inputs import find_inputs
from netkit.files.sources import VIDEOS, Frame, Unreadable, Video, frames
from netkit.files.tars import TARS, is_tar
from netkit.sharding.portion import Done, Portion
from netkit.sharding.shard import shard_of
from netkit.types import Array

log = logging.getLogger("netkit")
EXAMPLES = Path(__file__).parent.parent / "plugins" / "digits"  # ten images that ship with netkit


def make_source(cfg: dict[str, Any], detector: Detector, done: Done | None = None) -> "Source":
    """Make the Source of the images that a configuration names.

    done: the names of those that are not looked at, because they were before.
    """
    check_gain(cfg["input_gain"], detector.net.coeff)
    return Source(detector, make_preparation(cfg, detector), done=done, **settings(cfg, Source))


def make_preparation(cfg: dict[str, Any], detector: Detector) -> Preparation:
    """Make the Preparation of images that a configuration describes, or else a net's weights."""
    return Preparation(**settings(with_defaults(cfg, detector.looking), Preparation))


def check_gain(gain: float, coeff: float) -> None:
    """Warn of a gain that the net applies itself, as EBLearn's files have it."""
    if gain != 1 and math.isclose(gain, coeff):
        log.warning(
            "input_gain=%g: this net multiplies its pixels by %g itself, as in training, so that "
            "they are multiplied twice: leave input_gain out",
            gain,
            coeff,
        )


class Source(Checked):
    """Images, with what a detector finds in each; counts those seen and those not readable.

    input: a file, a folder, a glob or -, standard input; null: ten examples.  input_list: a text
    file with one path a line, or -.  camera: a camera's number, instead of files.  file_pattern:
    what the names of files must contain.  input_random: in random order, from the seed.
    input_npasses: everything so many times.  skip_frames: of a video, left out after each.
    mirror: turn images left to right.  display: they are shown, so no bar counts them.
    shard: which share of them, see `shard_of`.
    """

    def __init__(
        self,
        detector: Detector,
        preparation: Preparation,
        *,
        input: str | None = None,
        input_list: str | None = None,
        camera: Whole | None = None,
        file_pattern: str | None = None,
        input_random: bool = False,
        input_npasses: Count = 1,
        seed: Whole = 0,
        skip_frames: Whole = 0,
        mirror: bool = False,
        display: bool = False,
        shard: str | None = None,
        done: Done | None = None,
    ) -> None:
        self.detector = detector
        self.preparation = preparation
        self.seen = 0
        self.skipped = 0
        self.alone: Path | None = None  # the one file that is looked at
        self.frames: Iterable[Frame | Unreadable]
        channels = detector.net.shape[0]
        self.counted = 0
        if camera is None:
            examples = None if input_list else str(EXAMPLES)
            found = find_inputs(
                input or examples,
                input_list,
                file_pattern,
                mix=input_random,
                passes=input_npasses,
                seed=seed,
            )
            share, paths = shard_of(shard), found.things
            if isinstance(paths, list) and all(map(is_tar, paths)):
                paths, share = share.tars(paths)
            portion = Portion(share, done, found.ordered)
            self.frames = frames(paths, channels, skip_frames, mirror=mirror, portion=portion)
            self.counted = 0 if display else (found.total or 0) // share.n
            if isinstance(paths, list) and len(paths) == 1:
                self.alone = paths[0]
        else:
            if shard is not None:
                raise NetkitError(f"shard={shard}: a camera has one stream: leave it out")
            self.frames = Video(camera, channels, skip_frames, mirror=mirror)

    def answers(self) -> Iterator[tuple[Frame, list[Detection]]]:
        """Yield (frame, detections), several images in flight over the cores.

        Of a single image the scales are instead.
        """
        moving = (*VIDEOS, ".gif", *TARS)
        alone = self.alone is not None and not self.alone.name.lower().endswith(moving)
        items = self.prepared()
        pairs = ((key, self.detector(image)) for key, image in items)
        with progress_bar(self.counted) as step:
            for (frame, size), found in pairs if alone else self.detector.each(items):
                self.seen += 1
                step()
                back = self.preparation.restored
                yield frame, [back(d, whole=frame.image, prepared=size) for d in found]

    def prepared(self) -> Iterator[tuple[tuple[Frame, tuple[int, int]], Array]]:
        """Yield ((frame, size), image) of what can be read: the image as prepared, and its size."""
        for frame in self.frames:
            if isinstance(frame, Unreadable):
                self.skipped += 1
                log.warning("skipped: %s", frame.error)
            else:
                image = self.preparation(frame.image)
                yield (frame, image.shape[1:]), image


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[..., None]]:
    """On a terminal, a bar with the time left over several images.

    Yields what moves it by one, or by the number that it is given.
    """
    if total < 2 or not sys.stderr.isatty():
        yield lambda many=1: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(transient=True, console=Console(stderr=True)) as bar:
        task = bar.add_task("images", total=total)
        yield lambda many=1: bar.advance(task, many)

"""netkit detect: a trained net over images, and what is written of its answers."""

import logging
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from netkit.annotations.labelled import Form, LabelledSet
from netkit.annotations.writing import Coco, Voc, Yolo
from netkit.build.detector import make_detector
from netkit.build.inputs import make_source
from netkit.build.parts import settings
from netkit.checks import taken
from netkit.commands.going_on import begun, over
from netkit.detection.bbox_files import BboxFiles
from netkit.detection.detector import Detection, Detector
from netkit.detection.drawings import Annotator, Crops, Pictures, VideoFile
from netkit.detection.pyramid import FIT
from netkit.detection.tracks import Tracker
from netkit.detection.writers import Csv, Lines, Writer
from netkit.errors import NetkitError
from netkit.files.lock import locked
from netkit.files.sources import Frame
from netkit.files.text import printable
from netkit.registry import Registry
from netkit.sharding.portion import Done
from netkit.sharding.progress import Progress, rows_of

log = logging.getLogger("netkit")
LINES = "detections.jsonl"


def detect(cfg: dict[str, Any], folder: str | Path) -> None:
    """Look for the net's classes in images: print a line each, write what is asked for."""
    folder = Path(folder)
    cfg, progress = begun(cfg, folder, "detect")
    if over(progress):
        return
    with locked(folder, "writes in it"):
        look(cfg, folder, progress)


def look(cfg: dict[str, Any], folder: Path, progress: Progress) -> None:
    """Look at the images that are not done."""
    detector = make_detector(Registry(), cfg, say=print)
    rows = rows_of(folder / LINES, progress.sizes.get(LINES, 0))
    source = make_source(cfg, detector, Done(str(row["image"]) for row in rows))
    annotated = Annotator(**settings(cfg, Annotator))
    tracker = Tracker(**settings(cfg, Tracker)) if cfg["track"] else None
    keep = progress.sizes if progress.turn else None
    writers = make_writers(cfg, folder, detector, annotated=annotated, keep=keep)
    if progress.turn:
        check_lasting(cfg, writers)
    progress.begin()
    progress.watch(text for writer in writers for text in writer.texts())
    waits = cfg["display"] or cfg["next_on_key"] is not None
    screen = Screen(cfg["next_on_key"], annotated, asked=cfg["display"]) if waits else None
    try:
        for number, (frame, found) in enumerate(source.answers()):
            if not number:
                warn_of_whole_answers(detector, frame)
            if tracker:
                found = tracker(found, frame.stream)
            report(frame, found)
            with progress.step():
                for writer in writers:
                    writer.add(frame, found)
            if screen and not screen.show(frame, found):
                break
        else:
            progress.end(source.skipped)
            if screen:
                screen.stay()
    finally:
        for writer in writers:
            writer.close()
        progress.close()
    now = f" ({source.seen} now)" if progress.images != source.seen else ""
    share = f"shard {cfg['shard']}: " if cfg["shard"] else ""
    counts = f"{progress.images} images{now}, {source.skipped} skipped"
    print(f"{share}{counts}: {printable(folder)}/{LINES}")
    if source.skipped:
        total = source.seen + source.skipped
        raise NetkitError(
            f"{source.skipped} of {total} images could not be read: they are named above"
        )


def check_lasting(cfg: dict[str, Any], writers: list[Writer]) -> None:
    """Raise NetkitError for what cannot be gone on with, because it is of all images together."""
    words = "track", "save_coco", "save_set", "save_video", "save_max"
    if cfg["track"] or cfg["save_max"] or not all(writer.lasting for writer in writers):
        given = ", ".join(f"{word}={cfg[word]}" for word in words if cfg[word])
        raise NetkitError(
            f"{given}: cannot be gone on with after an interruption: begin anew in another folder"
        )


def warn_of_whole_answers(detector: Detector, frame: Frame) -> None:
    """Say it where a net that classifies is asked to find things."""
    classifies = detector.pyramid.scaling_type == FIT and detector.energy.targets == "class"
    if classifies and frame.image.shape[1:] != detector.net.shape[1:]:
        log.warning(
            "this net knows no background: it answers each image as a whole, as netkit classify "
            "does; one that finds things is trained by netkit train arch=finder data=boxes root=DIR"
        )


def make_writers(
    cfg: dict[str, Any],
    folder: Path,
    detector: Detector,
    *,
    annotated: Annotator,
    keep: Mapping[str, int] | None = None,
) -> list[Writer]:
    """Return what writes the detections down, by the switches save_... and bbox_saving.

    keep: how many bytes of each file are kept of a command that is gone on with.
    """
    keep = keep or {}
    writers: list[Writer] = [Lines(folder / LINES, keep.get(LINES))]
    if cfg["save_csv"]:
        writers.append(Csv(folder / "detections.csv", keep.get("detections.csv")))
    if cfg["save_coco"]:
        writers.append(Coco(folder / "coco.json", detector.classes))
    if cfg["save_voc"]:
        writers.append(Voc(folder / "voc"))
    if cfg["save_yolo"]:
        writers.append(Yolo(folder / "yolo", detector.classes))
    if cfg["save_set"] is not None:
        form = taken("save_set", cfg["save_set"], Form)
        classes, background = detector.classes, detector.background
        mirror = bool(cfg["mirror"])
        a_set = LabelledSet(folder / "set", form, classes, background=background, mirror=mirror)
        writers.append(a_set)
    if cfg["bbox_saving"]:
        writers.append(BboxFiles(folder, cfg["bbox_saving"], keep))
    if cfg["save_images"]:
        writers.append(Pictures(folder, annotated))
    if cfg["save_detections"]:
        size = detector.net.shape[1:]
        writers.append(Crops(folder / "crops", size, **settings(cfg, Crops)))
    if cfg["save_video"]:
        writers.append(VideoFile(folder / "detections.mp4", annotated, **settings(cfg, VideoFile)))
    return writers


class Screen:
    """A window that shows each image with its boxes; without a display, a pause in the terminal.

    key: what goes on to the next one; None: at once.  q ends.  asked: a window was asked for, not
    a pause alone.
    """

    def __init__(self, key: str | None, annotated: Annotator, *, asked: bool = True) -> None:
        from netkit.pictures.window import Viewer

        self.viewer = Viewer(key)
        self.annotated = annotated
        if self.viewer.has_display:
            return
        if asked:
            log.warning(
                "display=true: there is no display here: save_images=true writes the pictures"
            )
        if key is not None and not (sys.stdin and sys.stdin.isatty()):
            log.warning(
                "next_on_key=%s: there is no display and no terminal to press it: no pause", key
            )

    def show(self, frame: Frame, found: list[Detection]) -> bool:
        """Show a frame and wait for the key; return whether to go on."""
        self.viewer.show("netkit detect", self.annotated(frame, found))
        return self.viewer.wait()

    def stay(self) -> None:
        """Leave the last image open until q or the window is closed, if no key was waited for."""
        if self.viewer.key is None and self.viewer.has_display:
            self.viewer.stay()


def report(frame: Frame, found: list[Detection]) -> None:
    """Print what was found in one image."""
    name = printable(Path(frame.name).name)
    for d in found:
        track = f" track {d.track}" if d.track is not None else ""
        box = ",".join(f"{round(v)}" for v in d.box)
        print(f"{name}: {printable(d.name)} ({d.confidence:.2f}) box {box}{track}", flush=True)
    if not found:
        print(f"{name}: nothing", flush=True)

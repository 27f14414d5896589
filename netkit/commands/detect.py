"""netkit detect: a trained net over images, and what is written of its answers."""

import logging
import sys
from pathlib import Path
from typing import Any

from netkit.annotations.labelled import Form, LabelledSet
from netkit.annotations.writing import Coco, Voc, Yolo
from netkit.build.detector import make_detector
from netkit.build.inputs import make_source
from netkit.build.parts import settings
from netkit.checks import taken
from netkit.detection.bbox_files import BboxFiles
from netkit.detection.detector import Detection, Detector
from netkit.detection.drawings import Annotator, Crops, Pictures, VideoFile
from netkit.detection.pyramid import FIT
from netkit.detection.tracks import Tracker
from netkit.detection.writers import Csv, Lines, Writer
from netkit.errors import NetkitError
from netkit.files.sources import Frame
from netkit.files.text import printable
from netkit.registry import Registry

log = logging.getLogger("netkit")


def detect(cfg: dict[str, Any], folder: str | Path) -> None:
    """Look for the net's classes in images: print a line each, write what is asked for."""
    folder = Path(folder)
    detector = make_detector(Registry(), cfg, say=print)
    source = make_source(cfg, detector)
    annotated = Annotator(**settings(cfg, Annotator))
    writers = make_writers(cfg, folder, detector, annotated=annotated)
    tracker = Tracker(**settings(cfg, Tracker)) if cfg["track"] else None
    waits = cfg["display"] or cfg["next_on_key"] is not None
    screen = Screen(cfg["next_on_key"], annotated, asked=cfg["display"]) if waits else None
    try:
        for number, (frame, found) in enumerate(source.answers()):
            if not number:
                warn_of_whole_answers(detector, frame)
            if tracker:
                found = tracker(found, frame.stream)
            report(frame, found)
            for writer in writers:
                writer.add(frame, found)
            if screen and not screen.show(frame, found):
                break
        else:
            if screen:
                screen.stay()
    finally:
        for writer in writers:
            writer.close()
    print(
        f"{source.seen} images, {len(source.skipped)} skipped: {printable(folder)}/detections.jsonl"
    )
    if source.skipped:
        total = source.seen + len(source.skipped)
        raise NetkitError(
            f"{len(source.skipped)} of {total} images could not be read: they are named above"
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
    cfg: dict[str, Any], folder: Path, detector: Detector, *, annotated: Annotator
) -> list[Writer]:
    """Return what writes the detections down, by the switches save_... and bbox_saving."""
    writers: list[Writer] = [Lines(folder / "detections.jsonl")]
    if cfg["save_csv"]:
        writers.append(Csv(folder / "detections.csv"))
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
        writers.append(BboxFiles(folder, cfg["bbox_saving"]))
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

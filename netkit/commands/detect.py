"""netkit detect: a trained net over images, and what is written of its answers."""

import logging
from pathlib import Path

from netkit.build.detector import make_detector
from netkit.build.inputs import Source
from netkit.detection.drawings import Crops, Pictures, VideoFile, annotated
from netkit.detection.tracks import Tracker
from netkit.detection.writers import Coco, Csv, Eblearn, Lines
from netkit.errors import NetkitError
from netkit.registry import Registry

log = logging.getLogger("netkit")


def detect(cfg, folder):
    """Look for the net's classes in the images that `cfg` names: print a line each, write what it
    asks for.
    """
    registry, folder = Registry(), Path(folder)
    detector = make_detector(registry, cfg)
    source = Source(cfg, detector)
    writers = make_writers(cfg, folder, detector)
    tracker = Tracker(cfg["track_memory"], cfg["track_overlap"]) if cfg["track"] else None
    screen = Screen(cfg["next_on_key"], labels(cfg)) if cfg["display"] else None
    try:
        for frame, found in source.answers():
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
    print(f"{source.seen} images, {len(source.skipped)} skipped: {folder}/detections.jsonl")
    if source.skipped:
        total = source.seen + len(source.skipped)
        raise NetkitError(
            f"{len(source.skipped)} of {total} images could not be read: they are named above"
        )


def make_writers(cfg, folder, detector):
    """Return what writes the detections down, by the save_ and bbox_ switches."""
    label, writers = labels(cfg), [Lines(folder / "detections.jsonl")]
    if cfg["save_csv"]:
        writers.append(Csv(folder / "detections.csv"))
    if cfg["save_coco"]:
        writers.append(Coco(folder / "coco.json", detector.classes))
    if cfg["bbox_saving"]:
        writers.append(Eblearn(folder, cfg["bbox_saving"]))
    if cfg["save_images"]:
        writers.append(Pictures(folder, **label))
    if cfg["save_detections"]:
        writers.append(
            Crops(
                folder / "crops", detector.net.shape[1:], cfg["save_max"], cfg["save_max_per_frame"]
            )
        )
    if cfg["save_video"]:
        writers.append(VideoFile(folder / "detections.mp4", cfg["save_video_fps"], **label))
    return writers


def labels(cfg):
    return {"show_class": cfg["bbox_show_class"], "show_confidence": cfg["bbox_show_conf"]}


class Screen:
    """A window that shows each image with its boxes; `key` goes on to the next (None: at once), q
    ends.
    """

    def __init__(self, key, label):
        from netkit.pictures.window import Viewer

        self.viewer, self.label = Viewer(key), label
        if not self.viewer.has_display:
            log.warning(
                "display=true: there is no display here: save_images=true writes the pictures"
            )

    def show(self, frame, found):
        """Show a frame and wait for the key; return whether to go on."""
        self.viewer.show("netkit detect", annotated(frame, found, **self.label))
        return self.viewer.wait()

    def stay(self):
        """Leave the last image open until q or the window is closed, if no key was waited for."""
        if self.viewer.key is None and self.viewer.has_display:
            self.viewer.stay()


def report(frame, found):
    """Print what was found in one image."""
    name = Path(frame.name).name
    for d in found:
        track = f" track {d.track}" if d.track is not None else ""
        box = ",".join(f"{round(v)}" for v in d.box)
        print(f"{name}: {d.name} ({d.confidence:.2f}) box {box}{track}", flush=True)
    if not found:
        print(f"{name}: nothing", flush=True)

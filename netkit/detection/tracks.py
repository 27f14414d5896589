"""Tracks: the same object found in one frame after the other gets the same number."""

from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Checked, Share, Whole
from netkit.detection.boxes import iou
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.detection.detector import Detection


class Tracker(Checked):
    """Number detections by overlap with those of the frames before.

    track_memory: frames for which a track that was not seen is kept.  track_overlap: the least
    intersection over union with its last box. The pairs that overlap most are joined first; only
    boxes of one class are.
    """

    def __init__(self, track_memory: Whole = 5, track_overlap: Share = 0.3) -> None:
        self.track_memory = track_memory
        self.track_overlap = track_overlap
        self.tracks: dict[int, tuple[Detection, int]] = {}  # the last box; frames since
        self.next = 1
        self.stream: Any = None

    def __call__(self, found: "list[Detection]", stream: Any = None) -> "list[Detection]":
        """Return the detections of the next frame, each with its track's number.

        stream: what the frame is part of; with another one all tracks end.
        """
        if stream is not self.stream and stream != self.stream:
            self.tracks, self.stream = {}, stream
        numbers = list(self.tracks)
        table = self.overlaps(found, numbers)
        given: dict[int, int] = {}
        while table.size and table.max() >= self.track_overlap:
            row, column = divmod(int(table.argmax()), len(numbers))
            given[row] = numbers[column]
            table[row], table[:, column] = -1, -1
        aged = {n: (d, frames + 1) for n, (d, frames) in self.tracks.items()}
        self.tracks = {n: seen for n, seen in aged.items() if seen[1] <= self.track_memory}
        numbered = []
        for k, d in enumerate(found):
            if k not in given:
                given[k], self.next = self.next, self.next + 1
            self.tracks[given[k]] = d, 0
            numbered.append(d._replace(track=given[k]))
        return numbered

    def overlaps(self, found: "list[Detection]", numbers: list[int]) -> Array:
        """Return the IoU of each detection with each track, -1 where the classes differ."""
        last = [self.tracks[n][0] for n in numbers]
        if not (found and last):
            return np.zeros((0, 0))
        table = iou(np.array([d.box for d in found], float), np.array([d.box for d in last], float))
        same = np.array([d.label for d in found])[:, None] == np.array([d.label for d in last])
        return np.where(same, table, -1.0)

"""Tracks: the same object found in one frame after the other gets the same number."""

import numpy as np

from netkit.detection.boxes import iou


class Tracker:
    """Number detections by overlap with those of the frames before.

    memory: frames for which a track that was not seen is kept.  overlap: the least intersection
    over union with its last box. The pairs that overlap most are joined first; only boxes of one
    class are.
    """

    def __init__(self, memory=5, overlap=0.3):
        self.memory, self.overlap, self.tracks, self.next, self.stream = (
            memory,
            overlap,
            {},
            1,
            None,
        )

    def __call__(self, found, stream=None):
        """Return the detections of the next frame, each with its track's number; another stream
        starts anew.
        """
        if stream is not self.stream and stream != self.stream:
            self.tracks, self.stream = {}, stream
        numbers = list(self.tracks)
        table = self.table(found, numbers)
        given = {}
        while table.size and table.max() >= self.overlap:
            k, t = np.unravel_index(table.argmax(), table.shape)
            given[int(k)] = numbers[t]
            table[k], table[:, t] = -1, -1
        self.tracks = {n: (d, age + 1) for n, (d, age) in self.tracks.items() if age < self.memory}
        numbered = []
        for k, d in enumerate(found):
            if k not in given:
                given[k], self.next = self.next, self.next + 1
            self.tracks[given[k]] = d, 0
            numbered.append(d._replace(track=given[k]))
        return numbered

    def table(self, found, numbers):
        """Return the overlap of each detection with each track, -1 where the classes differ."""
        last = [self.tracks[n][0] for n in numbers]
        if not (found and last):
            return np.zeros((0, 0))
        table = iou(np.array([d.box for d in found], float), np.array([d.box for d in last], float))
        same = np.array([d.label for d in found])[:, None] == np.array([d.label for d in last])
        return np.where(same, table, -1.0)

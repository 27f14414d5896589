"""Writers: what stands in files of the detections; here as JSON lines and as CSV."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

from netkit.errors import NetkitError
from netkit.files.text import csv_cell

if TYPE_CHECKING:
    from netkit.detection.detector import Detection
    from netkit.files.sources import Frame


class Writer:
    """Write down what was found in images: a subclass writes `add`, and `close` if it must.

    lasting: whether a process that goes on can go on with its files too.
    """

    lasting = True

    def add(self, frame: "Frame", found: "list[Detection]") -> None:
        """Take the detections in one image."""
        raise NotImplementedError

    def texts(self) -> "list[TextFile]":
        """Return the files that grow with every image."""
        return []

    def close(self) -> None:
        """Called when no image comes any more, also after an error."""


class TextFile:
    """A text file that is complete at every moment.

    keep: go on with the file that is there, after so many bytes; what follows them is cut off.
    """

    def __init__(self, path: str | Path, keep: int | None = None) -> None:
        self.path = Path(path)
        self.size = keep or 0  # bytes
        self.file = open(path, "r+b" if keep else "wb", buffering=0)  # noqa: SIM115
        if keep:
            self.file.truncate(keep)
            self.file.seek(keep)

    def write(self, text: str) -> None:
        """Append some text; raise NetkitError where the disk is full."""
        data = memoryview(text.encode(errors="backslashreplace"))
        try:
            while data:  # a full disk takes a part before it takes none
                written = self.file.write(data)
                self.size += written
                data = data[written:]
        except OSError as error:
            raise NetkitError(
                f"{self.path}: cannot be written ({error.strerror}): "
                "what stands there already is whole"
            ) from None

    def close(self) -> None:
        self.file.close()


class Lines(Writer):
    """detections.jsonl: a line of JSON an image."""

    def __init__(self, path: str | Path, keep: int | None = None) -> None:
        self.text = TextFile(path, keep)

    def texts(self) -> list[TextFile]:
        return [self.text]

    def add(self, frame: "Frame", found: "list[Detection]") -> None:
        rows = [row_of(d) for d in found]
        row: dict[str, object] = {"image": frame.name, "detections": rows}
        if frame.at is not None:
            row["at"] = frame.at
        self.text.write(json.dumps(row) + "\n")

    def close(self) -> None:
        self.text.close()


def row_of(d: "Detection") -> dict[str, object]:
    """Return a detection as JSON has it."""
    row: dict[str, object] = {"class": d.name, "label": d.label, "confidence": d.confidence}
    row["box"] = list(d.box)
    return row if d.track is None else row | {"track": d.track}


class Csv(Writer):
    """detections.csv: a line a detection."""

    def __init__(self, path: str | Path, keep: int | None = None) -> None:
        self.text = TextFile(path, keep)
        if not keep:
            self.text.write("image,class,confidence,x0,y0,x1,y1,track\n")

    def texts(self) -> list[TextFile]:
        return [self.text]

    def add(self, frame: "Frame", found: "list[Detection]") -> None:
        rows = csv.writer(self.text, lineterminator="\n")
        for d in found:
            track = "" if d.track is None else d.track
            names = csv_cell(frame.name), csv_cell(d.name)
            rows.writerow([*names, f"{d.confidence:.4f}", *d.box, track])

    def close(self) -> None:
        self.text.close()

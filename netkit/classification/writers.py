"""Writers: the answers in files, as JSON lines and as CSV."""

import csv
import json
from collections.abc import Sequence
from io import StringIO
from itertools import repeat
from math import isfinite
from pathlib import Path
from typing import NamedTuple

from netkit.classification.answers import Answer
from netkit.classification.classifier import Answered
from netkit.classification.items import UNKNOWN
from netkit.detection.writers import TextFile
from netkit.files.text import csv_cell


class Row(NamedTuple):
    """An image by name, its class if that is known, the answer, its energy, its place.

    energy: of an image whose class is known.  at: its place among the images of all shards; None
    without shards.
    """

    name: str
    truth: str | None
    answer: Answer
    energy: float = float("nan")
    at: int | None = None


class AnswersWriter:
    """Write down answers as they come: a subclass writes `text`.

    classes: names, for the truth about images whose class is known.  keep: see TextFile.
    """

    def __init__(self, path: Path, classes: Sequence[str], keep: int | None = None) -> None:
        self.file = TextFile(path, keep)
        self.classes = classes

    def add(self, answered: Answered) -> None:
        """Take the answers to a batch."""
        batch = answered.batch
        columns = batch.truth.tolist(), answered.answers, answered.energies.tolist()
        rows = [
            Row(name, None if truth == UNKNOWN else self.classes[truth], answer, energy, at)
            for name, at, truth, answer, energy in zip(
                batch.names, batch.places or repeat(None, len(batch.names)), *columns, strict=True
            )
        ]
        if rows:
            self.file.write(self.text(rows))

    def text(self, rows: "list[Row]") -> str:
        """Return the lines of some images."""
        raise NotImplementedError

    def close(self) -> None:
        """Called when no image comes any more, also after an error."""
        self.file.close()


class AnswerLines(AnswersWriter):
    """answers.jsonl: a line of JSON an image."""

    def text(self, rows: list[Row]) -> str:
        return "".join(json.dumps(json_row(row)) + "\n" for row in rows)


def json_row(of: Row) -> dict[str, object]:
    """Return an image and its answer as JSON has it."""
    answer = of.answer
    row: dict[str, object] = {
        "image": of.name,
        "class": answer.name,
        "label": answer.label,
        "confidence": answer.confidence,
        "top": [{"class": name, "confidence": c} for name, c in answer.top],
    }
    if of.truth is not None:
        row |= {"truth": of.truth, "energy": of.energy if isfinite(of.energy) else None}
    return row if of.at is None else row | {"at": of.at}


class AnswersCsv(AnswersWriter):
    """answers.csv: a line an image; class2, confidence2 and so on with top=2 and more."""

    def __init__(
        self, path: Path, classes: Sequence[str], top: int, *, keep: int | None = None
    ) -> None:
        super().__init__(path, classes, keep)
        ranks = ["", *(str(k) for k in range(2, top + 1))]
        head = ["image", "truth", *(f"class{k},confidence{k}" for k in ranks)]
        if not keep:
            self.file.write(",".join(head) + "\n")

    def text(self, rows: list[Row]) -> str:
        out = StringIO()
        table = csv.writer(out, lineterminator="\n")
        for row in rows:
            ranks = (cell for name, c in row.answer.top for cell in (csv_cell(name), f"{c:.4f}"))
            table.writerow([csv_cell(row.name), csv_cell(row.truth or ""), *ranks])
        return out.getvalue()

"""Writers: the answers in files, as JSON lines and as CSV."""

import csv
import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from netkit.classification.answers import Answer
from netkit.classification.classifier import Answered
from netkit.classification.items import UNKNOWN
from netkit.detection.writers import TextFile
from netkit.files.text import csv_cell


class AnswersWriter:
    """Write down answers as they come: a subclass writes `text`.

    classes: names, for the truth about images whose class is known.
    """

    def __init__(self, path: Path, classes: Sequence[str]) -> None:
        self.file = TextFile(path)
        self.classes = classes

    def add(self, answered: Answered) -> None:
        """Take the answers to a batch."""
        batch = answered.batch
        triples = zip(batch.names, batch.truth.tolist(), answered.answers, strict=True)
        known = [
            (name, None if truth == UNKNOWN else self.classes[truth], answer)
            for name, truth, answer in triples
        ]
        if known:
            self.file.write(self.text(known))

    def text(self, rows: list[tuple[str, str | None, Answer]]) -> str:
        """Return the lines of some images: name, truth and answer of each."""
        raise NotImplementedError

    def close(self) -> None:
        """Called when no image comes any more, also after an error."""
        self.file.close()


class AnswerLines(AnswersWriter):
    """answers.jsonl: a line of JSON an image."""

    def text(self, rows: list[tuple[str, str | None, Answer]]) -> str:
        return "".join(json.dumps(json_row(*row)) + "\n" for row in rows)


def json_row(name: str, truth: str | None, answer: Answer) -> dict[str, object]:
    """Return an image and its answer as JSON has it."""
    row: dict[str, object] = {
        "image": name,
        "class": answer.name,
        "label": answer.label,
        "confidence": answer.confidence,
        "top": [{"class": name, "confidence": c} for name, c in answer.top],
    }
    return row if truth is None else row | {"truth": truth}


class AnswersCsv(AnswersWriter):
    """answers.csv: a line an image; class2, confidence2 and so on with top=2 and more."""

    def __init__(self, path: Path, classes: Sequence[str], top: int) -> None:
        super().__init__(path, classes)
        ranks = ["", *(str(k) for k in range(2, top + 1))]
        self.file.write(
            ",".join(["image", "truth", *(f"class{k},confidence{k}" for k in ranks)]) + "\n"
        )

    def text(self, rows: list[tuple[str, str | None, Answer]]) -> str:
        out = StringIO()
        table = csv.writer(out, lineterminator="\n")
        for name, truth, answer in rows:
            ranks = (cell for name, c in answer.top for cell in (csv_cell(name), f"{c:.4f}"))
            table.writerow([csv_cell(name), csv_cell(truth or ""), *ranks])
        return out.getvalue()

"""Reports: a measurement as files: evaluation.json, confusion.csv and two pictures."""

import csv
import json
from io import StringIO
from pathlib import Path

import numpy as np

from netkit.classification.measure import Measure, Mistake
from netkit.files import write_beside
from netkit.files.text import csv_cell
from netkit.pictures.panels import Answered, draw_hardest
from netkit.pictures.style import png
from netkit.pictures.tables import draw_confusion


def write_reports(measure: Measure, folder: Path) -> list[str]:
    """Write a measurement into a folder; return the names of the files."""
    summary = measure.summary() | {"worst": [json_row(m) for m in measure.worst]}
    write_beside(folder / "evaluation.json", json.dumps(summary, indent=1).encode())
    write_beside(folder / "confusion.csv", confusion_csv(measure).encode())
    note = f"{measure.images:,} images, {100 * summary['accuracy']:.2f} % correct"
    truth, answers = np.divmod(
        np.repeat(np.arange(measure.counts.size), measure.counts.ravel()), len(measure.classes)
    )
    # The picture of the counts shows no image.
    counted = Answered(np.zeros(0), truth, np.zeros(len(truth)), answers, measure.classes)
    picture = draw_confusion(counted, "Confusion", note)
    write_beside(folder / "confusion.png", png(picture, colour=True))
    names = ["evaluation.json", "confusion.csv", "confusion.png"]
    if any(mistake.image is not None for mistake in measure.worst):
        write_beside(folder / "errors.png", errors_png(measure, note))
        names.append("errors.png")
    return names


def json_row(mistake: Mistake) -> dict[str, object]:
    """Return a wrong answer as JSON has it."""
    row = mistake._asdict()
    del row["image"]
    return row


def confusion_csv(measure: Measure) -> str:
    """Return how many images of each class (rows) got each answer (columns), as CSV."""
    text = StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["truth", *map(csv_cell, measure.classes)])
    for name, counts in zip(measure.classes, measure.counts.tolist(), strict=True):
        rows.writerow([csv_cell(name), *counts])
    return text.getvalue()


def errors_png(measure: Measure, note: str) -> bytes:
    """Return a picture of the worst wrong answers, with the names of their files."""
    worst = [mistake for mistake in measure.worst if mistake.image is not None]
    classes = measure.classes
    samples = Answered(
        np.stack([mistake.image for mistake in worst if mistake.image is not None]),
        np.array([classes.index(mistake.truth) for mistake in worst]),
        np.array([mistake.energy for mistake in worst]),
        np.array([classes.index(mistake.answer) for mistake in worst]),
        classes,
    )
    details = [Path(mistake.name).name for mistake in worst]
    title = "Incorrect, highest energies first"
    picture = draw_hardest(samples, False, title, note=note, details=details)
    return png(picture, colour=True)

"""netkit merge: the answers of all shards as one process would have written them."""

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from netkit.classification.answers import Answer
from netkit.classification.measure import Measure
from netkit.classification.reports import write_reports
from netkit.classification.writers import AnswersCsv, Row
from netkit.commands.measured import measured
from netkit.detection.detector import Detection
from netkit.detection.writers import Csv, TextFile
from netkit.errors import NetkitError
from netkit.files import cannot_write
from netkit.files.sources import Frame
from netkit.files.text import printable
from netkit.sharding.merging import LINES, merged_rows, whole
from netkit.sharding.progress import Progress


def merge(folders: Sequence[str | Path], out: str | Path) -> str:
    """Write the answers in the folders of all shards into one folder; return a line about it.

    answers.jsonl or detections.jsonl, the same as CSV where the shards have it, and of images whose
    class is known the measurement. `out` appears whole or not at all.
    """
    shards, out = whole([Path(folder) for folder in folders]), Path(out)
    kind = shards[0].settings["kind"]
    with appearing(out) as folder:
        measure = (merge_answers if kind == "classify" else merge_boxes)(shards, folder)
        said = ""
        if measure and measure.images:
            write_reports(measure, folder)
            said = measured(measure) + "\n"
    images, skipped = (sum(getattr(s, name) for s in shards) for name in ("images", "skipped"))
    return f"{said}{images} images, {skipped} skipped: {printable(out)}/{LINES[kind]}"


@contextmanager
def appearing(out: Path) -> Iterator[Path]:
    """Give a folder beside `out` that gets its name when the block is done without an error."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise NetkitError(f"{out}: is there already: name another folder, or remove it")
    part = out.with_name(f".{out.name}.part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        yield part
        os.replace(part, out)
    except OSError as error:
        raise cannot_write(out, error) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def merge_answers(shards: Sequence[Progress], folder: Path) -> Measure | None:
    """Write the rows of netkit classify; return the measurement, None if no class is known."""
    settings = shards[0].settings
    classes = next(filter(None, map(classes_of, shards)), [])
    measure = Measure(classes, settings["top"]) if classes else None
    text = TextFile(folder / LINES["classify"])
    table = None
    if settings["save_csv"]:
        table = AnswersCsv(folder / "answers.csv", classes, most_of(settings, shards))
    for row in merged_rows(shards):
        text.write(json.dumps(row) + "\n")
        if measure:
            measure.add_row(row)
        if table:
            top = tuple((one["class"], one["confidence"]) for one in row["top"])
            answer = Answer(row["label"], row["class"], row["confidence"], top)
            table.file.write(table.text([Row(row["image"], row.get("truth"), answer)]))
    text.close()
    if table:
        table.close()
    return measure


def most_of(settings: dict[str, Any], shards: Sequence[Progress]) -> int:
    """Return how many classes a row of the shards' CSV has: there may be fewer than `top`."""
    first = next(merged_rows(shards), None)
    return len(first["top"]) if first else int(settings["top"])


def classes_of(shard: Progress) -> list[str]:
    """Return the names of the classes, as the measurement of a shard has them; [] without one."""
    try:
        return list(json.loads((shard.folder / "evaluation.json").read_text())["classes"])
    except (OSError, ValueError, KeyError):
        return []


def merge_boxes(shards: Sequence[Progress], folder: Path) -> None:
    """Write the rows of netkit detect."""
    text = TextFile(folder / LINES["detect"])
    table = Csv(folder / "detections.csv") if shards[0].settings["save_csv"] else None
    for row in merged_rows(shards):
        text.write(json.dumps(row) + "\n")
        if table:
            found = [
                Detection(d["label"], d["class"], d["confidence"], tuple(d["box"]), d.get("track"))
                for d in row["detections"]
            ]
            table.add(Frame(row["image"], np.zeros(0)), found)
    text.close()
    if table:
        table.close()

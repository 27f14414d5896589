"""netkit classify: a trained net over images, one answer each, and what is written of them."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from netkit.build.classifier import Trained, make_classifier
from netkit.build.inputs import progress_bar
from netkit.checks import Count, taken
from netkit.classification.batches import Batch, read_batches
from netkit.classification.classifier import Answered, Classifier
from netkit.classification.items import UNKNOWN, Item, Part, divided, find_items
from netkit.classification.measure import Measure
from netkit.classification.reports import write_reports
from netkit.classification.writers import AnswerLines, AnswersCsv, AnswersWriter
from netkit.commands.measured import measured
from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.registry import Registry

log = logging.getLogger("netkit")


def classify(cfg: dict[str, Any], folder: str | Path) -> Measure:
    """Answer images: print a line each, write them down, measure those whose class is known."""
    folder = Path(folder)
    trained = make_classifier(Registry(), cfg)
    classifier = trained.classifier
    items = find_items(
        cfg["input"],
        cfg["input_list"],
        cfg["file_pattern"],
        classes=classifier.classes,
        part=taken("part", cfg["part"], Part),
    )
    warn_of_training_images(trained, items)
    return answer_items(classifier, items, cfg, folder)


def answer_items(
    classifier: Classifier, items: list[Item], cfg: dict[str, Any], folder: Path
) -> Measure:
    """Answer the images of a list; raise NetkitError at the end if some cannot be read."""
    threads = taken("nthreads", cfg["nthreads"], Count | None)
    size = taken("batch_size", cfg["batch_size"], Count)
    batches = read_batches(items, classifier.fitting, size=size, threads=threads)
    measure, errors = answer_all(classifier, batches, len(items), cfg=cfg, folder=folder)
    if errors:
        raise NetkitError(
            f"{errors} of {len(items)} images could not be read: they are named above"
        )
    return measure


def answer_all(
    classifier: Classifier,
    batches: Iterable[Batch],
    total: int,
    *,
    cfg: dict[str, Any],
    folder: Path,
) -> tuple[Measure, int]:
    """Answer Batches, print and write what comes of them, and measure what can be measured.

    total: how many images there are, for the progress.  Returns the measurement, and how many
    images could not be read.
    """
    classes, errors, seen = classifier.classes, 0, 0
    measure = Measure(classes, classifier.top)
    writers: list[AnswersWriter] = [AnswerLines(folder / "answers.jsonl", classes)]
    if cfg["save_csv"]:
        writers.append(AnswersCsv(folder / "answers.csv", classes, classifier.top))
    try:
        with progress_bar(total) as step:
            for answered in classifier.each(batches):
                for error in answered.batch.errors:
                    log.warning("skipped: %s", error)
                for writer in writers:
                    writer.add(answered)
                # After they are written: what is seen is kept, also if Ctrl-C ends it here.
                if cfg["print_answers"] and answered.answers:
                    print(lines(answered, classes))
                measure.add(answered)
                errors += len(answered.batch.errors)
                seen += len(answered.answers)
                step(len(answered.answers) + len(answered.batch.errors))
    finally:
        for writer in writers:
            writer.close()
    files = [Path(writer.file.path).name for writer in writers]
    if measure.images:
        print(("\n" if cfg["print_answers"] else "") + measured(measure))
        files += write_reports(measure, folder)
    count = "1 image" if seen == 1 else f"{seen} images"
    print(f"{count}, {errors} skipped: {printable(folder)}/{', '.join(files)}")
    return measure, errors


def lines(answered: Answered, classes: list[str]) -> str:
    """Return a line for each answer: the image, the likeliest classes, the right one if other."""
    batch, made = answered.batch, []
    for name, truth, answer in zip(batch.names, batch.truth, answered.answers, strict=True):
        said = ", ".join(f"{printable(c)} ({share:.2f})" for c, share in answer.top)
        right = truth in (UNKNOWN, answer.label)
        made.append(f"{printable(name)}: {said}" + ("" if right else f", is {classes[truth]}"))
    return "\n".join(made)


def warn_of_training_images(trained: Trained, items: list[Item]) -> None:
    """Say it where images are measured that the net was trained on."""
    root = Path(trained.meta.get("images", {}).get("root") or "")
    first = next((item.path for item in items if item.truth != UNKNOWN and item.path), None)
    if first is None or not root.is_absolute() or not root.is_dir():
        return
    if divided(root, trained.classifier.classes, "train") in first.resolve().parents:
        log.warning(
            "%s: the net was trained on images of this folder, which it knows better than others: "
            "netkit evaluate data=folder weights=RUN measures those that were kept for testing",
            root,
        )

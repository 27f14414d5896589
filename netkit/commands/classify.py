"""netkit classify: a trained net over images, one answer each, and what is written of them."""

import logging
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from netkit.build.classifier import Trained, make_classifier
from netkit.build.inputs import progress_bar
from netkit.checks import Count, taken
from netkit.classification.batches import Batch, read_batches
from netkit.classification.classifier import Answered, Classifier
from netkit.classification.items import UNKNOWN, Item, Part, divided, stream_items
from netkit.classification.measure import Measure
from netkit.classification.reports import write_reports
from netkit.classification.writers import AnswerLines, AnswersCsv, AnswersWriter
from netkit.commands.going_on import begun, over
from netkit.commands.measured import measured
from netkit.errors import NetkitError
from netkit.files.lock import locked
from netkit.files.streams import Stream
from netkit.files.text import printable
from netkit.registry import Registry
from netkit.sharding.portion import Done, Portion
from netkit.sharding.progress import Progress, rows_of
from netkit.sharding.shard import shard_of

log = logging.getLogger("netkit")
LINES = "answers.jsonl"


def classify(cfg: dict[str, Any], folder: str | Path) -> Measure | None:
    """Answer images: print a line each, write them down, measure those whose class is known.

    Returns the measurement; None if all were answered before.
    """
    folder = Path(folder)
    cfg, progress = begun(cfg, folder, "classify")
    if over(progress):
        return None
    trained = make_classifier(Registry(), cfg)
    classifier = trained.classifier
    measure = Measure(classifier.classes, classifier.top)
    rows = rows_of(folder / LINES, progress.sizes.get(LINES, 0))
    done = Done(name for row in rows if (name := measure.add_row(row)))
    items = stream_items(
        cfg["input"],
        cfg["input_list"],
        cfg["file_pattern"],
        classes=classifier.classes,
        part=taken("part", cfg["part"], Part),
        portion=Portion(shard_of(cfg["shard"]), done),
    )
    if isinstance(items.things, list):
        warn_of_training_images(trained, items.things)
    with locked(folder, "writes in it"):
        return answer_stream(classifier, items, cfg, folder, measure=measure, progress=progress)


def answer_items(
    classifier: Classifier, items: list[Item], cfg: dict[str, Any], folder: Path
) -> Measure:
    """Answer the images of a list; raise NetkitError at the end if some cannot be read."""
    return answer_stream(classifier, Stream.of(items), cfg, folder)


def answer_stream(
    classifier: Classifier,
    items: Stream[Item],
    cfg: dict[str, Any],
    folder: Path,
    *,
    measure: Measure | None = None,
    progress: Progress | None = None,
) -> Measure:
    """Answer images; raise NetkitError at the end if some cannot be read.

    measure: of those that were answered before.  progress: where to write down how far it is.
    """
    threads = taken("nthreads", cfg["nthreads"], Count | None)
    size = taken("batch_size", cfg["batch_size"], Count)
    batches = read_batches(items.things, classifier.fitting, size=size, threads=threads)
    total = items.total or 0
    given: dict[str, Any] = {"measure": measure, "progress": progress}
    measure, seen, errors = answer_all(classifier, batches, total, cfg=cfg, folder=folder, **given)
    if errors:
        raise NetkitError(
            f"{errors} of {seen + errors} images could not be read: they are named above"
        )
    return measure


def answer_all(
    classifier: Classifier,
    batches: Iterable[Batch],
    total: int,
    *,
    cfg: dict[str, Any],
    folder: Path,
    measure: Measure | None = None,
    progress: Progress | None = None,
) -> tuple[Measure, int, int]:
    """Answer Batches, print and write what comes of them, and measure what can be measured.

    total: how many images there are, for the progress bar; 0 if that is not known.  Returns the
    measurement, and how many images were answered and could not be read.
    """
    classes, errors, seen = classifier.classes, 0, 0
    measure = measure or Measure(classes, classifier.top)
    keep = progress.sizes if progress else {}
    writers: list[AnswersWriter] = [AnswerLines(folder / LINES, classes, keep.get(LINES))]
    if cfg["save_csv"]:
        kept, path = keep.get("answers.csv"), folder / "answers.csv"
        writers.append(AnswersCsv(path, classes, classifier.top, keep=kept))
    if progress:
        progress.begin()
        progress.watch(writer.file for writer in writers)
    try:
        with progress_bar(total) as step:
            for answered in classifier.each(batches):
                for error in answered.batch.errors:
                    log.warning("skipped: %s", error)
                with progress.step(len(answered.answers)) if progress else nullcontext():
                    for writer in writers:
                        writer.add(answered)
                # After they are written: what is seen is kept, also if Ctrl-C ends it here.
                if cfg["print_answers"] and answered.answers:
                    print(lines(answered, classes))
                measure.add(answered)
                errors += len(answered.batch.errors)
                seen += len(answered.answers)
                step(len(answered.answers) + len(answered.batch.errors))
        if progress:
            progress.end(errors)
    finally:
        for writer in writers:
            writer.close()
        if progress:
            progress.close()
    files = [Path(writer.file.path).name for writer in writers]
    if measure.images:
        measure.find_images(classifier.fitting)
        print(("\n" if cfg["print_answers"] else "") + measured(measure))
        files += write_reports(measure, folder)
    whole = progress.images if progress else seen
    now = f" ({seen} now)" if whole != seen else ""
    share = f"shard {cfg['shard']}: " if cfg.get("shard") else ""
    count = "1 image" if whole == 1 else f"{whole} images"
    print(f"{share}{count}{now}, {errors} skipped: {printable(folder)}/{', '.join(files)}")
    return measure, seen, errors


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

"""A measurement of a detector as text for the terminal."""

from collections.abc import Sequence
from typing import Any

from netkit.commands.columns import table
from netkit.files.text import printable

WIDEST = 100  # columns of a terminal that a table of confusion may take
MOST = 10  # confusions and images that are printed
SIZES = {"small": "to 32x32 pixels", "medium": "to 96x96", "large": "above"}


def measured_boxes(summary: dict[str, Any]) -> str:
    """Return what `Results.summary` holds as lines: the whole, classes, confusion, the worst."""
    parts = [whole(summary), "", of_classes(summary), *confused(summary["confusion"])]
    return "\n".join([*parts, *worst(summary["worst"])])


def whole(s: dict[str, Any]) -> str:
    """Return the lines on all classes together."""
    lines = [
        f"{s['images']:,} images, {s['boxes']:,} boxes",
        f"mAP@0.5={digits(s['mAP@0.5'], 4)} mAP@0.5:0.95={digits(s['mAP@0.5:0.95'], 4)}",
    ]
    sizes = [
        f"{size} ({SIZES[size]}): {digits(s['sizes'][size]['mAP@0.5:0.95'])} "
        f"of {s['sizes'][size]['boxes']:,}"
        for size in SIZES
        if s["sizes"][size]["boxes"]
    ]
    if sizes:
        lines.append("mAP@0.5:0.95 by the boxes' size: " + "; ".join(sizes))
    if best := s["best_f1"]:
        lines.append(
            f"best F1 {digits(best['f1'])} at threshold {digits(best['threshold'])}: "
            f"precision {digits(best['precision'])}, recall {digits(best['recall'])}"
        )
    wrong, sure = s["false_positives_an_image@0.95_recall"], s["confidence@0.95_recall"]
    at_recall = "0.95 recall is not reached"
    if wrong is not None:
        at_recall = f"false alarms an image at 0.95 recall: {wrong:.3f} (confidence {sure:.2f})"
    return "\n".join([*lines, at_recall])


def digits(value: float | None, places: int = 3) -> str:
    """Return a number with so many places; - for none."""
    return "-" if value is None else f"{value:.{places}f}"


def of_classes(s: dict[str, Any]) -> str:
    """Return a table of the classes."""
    used = [size for size in SIZES if s["sizes"][size]["boxes"]]
    names = ["boxes", "AP@0.5", "AP@0.5:0.95", *used, "precision", "recall", "F1", "own threshold"]
    rows = [["class", *names]]
    for name, row in s["classes"].items():
        keys = ["AP@0.5", "AP@0.5:0.95", *(f"AP@0.5:0.95_{size}" for size in used)]
        keys += ["precision", "recall", "f1", "best_threshold"]
        rows.append([name, f"{row['boxes']:,}", *(digits(row[key]) for key in keys)])
    return table(rows)


def confused(confusion: dict[str, Any]) -> list[str]:
    """Return the confusion as a table where it is narrow enough, else the most frequent errors."""
    counts: list[list[int]] = confusion["counts"]
    names = [printable(name) for name in confusion["names"]]
    ends = names[:-1]
    rows = [["truth \\ found", *ends, "missed"]]
    rows += [
        [name, *(f"{n:,}" for n in line)]
        for name, line in zip([*ends, "nothing"], counts, strict=True)
    ]
    rows[-1][-1] = ""
    kinds = confusion["false_alarms"]
    head = f"at threshold {digits(confusion['threshold'])}:"
    alarms = f"false alarms: {sum(kinds.values()):,}"
    if sum(kinds.values()):
        alarms += " (" + ", ".join(f"{n:,} {kind}" for kind, n in kinds.items() if n) + ")"
    text = table(rows)
    if max(map(len, text.splitlines())) <= WIDEST:
        return ["", head, text, alarms]
    errors = [
        (n, names[k], "missed" if j == len(ends) else f"found as {names[j]}")
        for k, line in enumerate(counts[:-1])
        for j, n in enumerate(line)
        if n and j != k
    ]
    most = sorted(errors, key=lambda error: -error[0])[:MOST]
    lines = [f"  {name} {what}: {n:,}" for n, name, what in most]
    return ["", f"{head} most frequent errors:", *lines, alarms]


def worst(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Return the images with the most errors, by name."""
    lines = [
        f"  {printable(row['image'])}: {row['false_alarms']} false alarm"
        f"{'s' * (row['false_alarms'] != 1)}, {row['missed']} missed"
        for row in rows[:MOST]
    ]
    return ["", "images with the most errors:", *lines] if lines else []

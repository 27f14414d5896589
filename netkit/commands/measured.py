"""A measurement of answers as text for the terminal."""

import numpy as np

from netkit.classification.measure import Measure
from netkit.commands.columns import table
from netkit.files.text import printable

WIDEST = 100  # columns of a terminal that a table of confusion may take
WORST = 10  # wrong answers and confusions that are printed


def measured(measure: Measure) -> str:
    """Return a measurement as lines: the whole, the classes, the confusion, the worst errors."""
    s = measure.summary()
    wrong = s["images"] - s["right"]
    whole = f"{s['images']:,} images in {len(measure.classes)} classes: "
    whole += f"{percent(s['accuracy'])} % right, {wrong:,} wrong"
    means = f"mean over classes: recall {percent(s['balanced_accuracy'])} %, "
    means += f"F1 {percent(s['macro_f1'])} %; always the largest class: "
    means += f"{percent(s['largest_class'])} %"
    parts = [whole, means]
    if measure.top > 1:
        parts.append(
            f"right among the {measure.top} likeliest: {percent(s[f'among_top_{measure.top}'])} %"
        )
    return "\n".join([*parts, "", of_classes(s["classes"]), *confused(measure), *worst(measure)])


def percent(share: float | None) -> str:
    """Return a share as percent, without the sign; - for none."""
    return "-" if share is None else f"{100 * share:.2f}"


def of_classes(rows: dict[str, dict[str, float | None]]) -> str:
    """Return a table of the classes: how many images and answers, precision, recall, F1."""
    lines = [["class", "images", "answers", "precision %", "recall %", "F1 %"]]
    for name, row in rows.items():
        shares = [percent(row[key]) for key in ("precision", "recall", "f1")]
        lines.append([name, f"{row['images']:,}", f"{row['answers']:,}", *shares])
    for column in (3, 4, 5):  # numbers with a point: `table` puts whole ones to the right itself
        width = max(len(line[column]) for line in lines)
        for line in lines:
            line[column] = line[column].rjust(width)
    return table(lines)


def confused(measure: Measure) -> list[str]:
    """Return the confusion as a table where it is narrow enough, else the most frequent errors."""
    counts, classes = measure.counts, [printable(name) for name in measure.classes]
    if not measure.images or measure.images == np.trace(counts):
        return []
    rows = [["truth \\ answer", *classes]]
    rows += [
        [name, *(f"{n:,}" for n in line)]
        for name, line in zip(classes, counts.tolist(), strict=True)
    ]
    text = table(rows)
    if max(map(len, text.splitlines())) <= WIDEST:
        return ["", text]
    errors = counts - np.diag(np.diag(counts))
    most = np.argsort(-errors, axis=None, kind="stable")[:WORST]
    pairs = zip(*np.unravel_index(most, errors.shape), strict=True)
    lines = [
        f"{errors[k, j]:,} of {counts[k].sum():,} {classes[k]} answered {classes[j]}"
        for k, j in pairs
        if errors[k, j]
    ]
    return ["", "most confused:", *lines]


def worst(measure: Measure) -> list[str]:
    """Return the worst errors, by the names of their files."""
    lines = []
    for m in measure.worst[:WORST]:
        name, answer, truth = map(printable, (m.name, m.answer, m.truth))
        lines.append(f"  {name}: {answer} ({m.confidence:.2f}), is {truth}")
    return ["", "worst errors:", *lines] if lines else []

"""netkit audit: labels that look wrong, near duplicates, hard samples and dead units of data."""

import csv
import io
import logging
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import numpy as np

from netkit.auditing.labels import Issues, label_issues
from netkit.auditing.twins import Pair, twins
from netkit.auditing.units import Units, dead_units
from netkit.build.folds import AT_ONCE, OutOfFold, out_of_fold
from netkit.build.inputs import progress_bar
from netkit.build.parts import make_data
from netkit.checks import Bound, Count, taken
from netkit.commands.audit_page import audit_page
from netkit.dataset import Dataset, Samples
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.text import csv_cell, printable
from netkit.registry import Registry
from netkit.types import Array

log = logging.getLogger("netkit")
Folds: TypeAlias = Annotated[int, Bound(least=2, whole=True)]
Likeness: TypeAlias = Annotated[float, Bound(least=0.5, most=1)]
MOST_UNITS = 2000  # samples that dead units are looked for with


def audit(cfg: dict[str, Any], folder: str | Path) -> Issues:
    """Audit the data of `cfg`: print what is odd, write it down with a page; return the labels'."""
    folder, registry = Path(folder), Registry()
    folds = taken("folds", cfg["folds"], Folds)
    repeats = taken("repeats", cfg["repeats"], Count)
    likeness = taken("likeness", cfg["likeness"], Likeness)
    most = taken("drawn", cfg["drawn"], Count)
    check_kind(registry, cfg)
    data = make_data(registry, cfg)
    if len(data.classes) < 2:
        raise NetkitError(
            f"limit_classes: {len(data.classes)} class is left: no label can be told from another"
        )
    samples, names = joined(data)
    print(
        f"{len(samples):,} samples of {len(data.classes)} classes; {folds * repeats} nets to train"
    )
    with progress_bar(folds * repeats) as step:
        found = out_of_fold(registry, cfg, data, samples, folds=folds, repeats=repeats, step=step)
    issues = label_issues(samples.labels, found.shares)
    pairs = twins(samples.images, likeness)
    units = units_of(found, samples)
    lines = summary(samples, issues, pairs, units, likeness=likeness)
    print("\n".join(lines))
    folder.mkdir(parents=True, exist_ok=True)
    classes = [printable(name) for name in data.classes]
    write_beside(folder / "audit.csv", as_csv(label_rows(names, samples, issues, found, classes)))
    write_beside(folder / "twins.csv", as_csv(twin_rows(names, samples, pairs, classes)))
    page = audit_page(
        samples,
        [printable(name) for name in names],
        classes,
        issues=issues,
        found=found,
        pairs=pairs,
        units=units,
        lines=lines,
        most=most,
        command=printable(cfg.get("command", "")),
    )
    write_beside(folder / "audit.html", page.encode())
    print(f"{printable(folder)}/audit.html, audit.csv, twins.csv")
    return issues


def check_kind(registry: Registry, cfg: dict[str, Any]) -> None:
    """Raise NetkitError for data that nobody can audit by classes of samples that stay."""
    kind = str(cfg["data"].get("type"))
    made: type[Dataset] = registry.get("dataset", kind)
    if made.boxes:
        raise NetkitError(
            f"data={kind}: has boxes, and netkit audit looks at images of one class each: "
            "netkit data show DIR says what is odd in annotated pictures"
        )
    if made.epoch is not Dataset.epoch:
        raise NetkitError(
            f"data={kind}: makes new samples in each iteration, so that none can be audited: "
            "name images that stay, data=folder root=DIR"
        )


def joined(data: Dataset) -> tuple[Samples, list[str]]:
    """Return all samples of a data set, those to train on first, and what they are called."""
    images = np.concatenate([np.asarray(part.images) for part in (data.train, data.val)])
    labels = np.concatenate([part.labels for part in (data.train, data.val)])
    return Samples(images, labels), [*data.sample_names("train"), *data.sample_names("val")]


def units_of(found: OutOfFold, samples: Samples) -> list[Units]:
    """Return the dead units of the last net, over samples spread evenly over the set."""
    count = min(MOST_UNITS, len(samples))
    images = samples.images[np.arange(count) * len(samples) // count]
    batches = (images[at : at + AT_ONCE] for at in range(0, count, AT_ONCE))
    return dead_units(found.trainer.net, batches)


def summary(
    samples: Samples, issues: Issues, pairs: list[Pair], units: list[Units], *, likeness: float
) -> list[str]:
    """Return what is odd, a line each."""
    right = 100 * float((issues.answers == samples.labels).mean())
    wrong = float(issues.joint.sum() - np.trace(issues.joint))
    torn = sum(samples.labels[a] != samples.labels[b] for a, b, _ in pairs)
    dead = [f"{u.layer} {len(u.dead)} of {u.maps}" for u in units if u.dead]
    return [
        f"answered right by nets that had not seen them: {right:.2f} %",
        f"labels that look wrong: {int(issues.suspects.sum()):,}; about {wrong:,.0f} are "
        f"({100 * wrong / len(samples):.1f} %)",
        f"pairs of near duplicates (likeness from {likeness:g}): {len(pairs):,}, "
        f"of them with two labels: {int(torn):,}",
        f"dead units of the last net: {', '.join(dead) or 'none'}",
    ]


def label_rows(
    names: list[str], samples: Samples, issues: Issues, found: OutOfFold, classes: list[str]
) -> list[list[Any]]:
    """Return audit.csv: every sample, the likeliest errors first."""
    head = ["rank", "sample", "label", "answer", "label_share", "answer_share", "margin"]
    rows: list[list[Any]] = [[*head, "suspect", "energy", "part"]]
    for rank, k in enumerate(issues.order.tolist(), 1):
        label, answer = int(samples.labels[k]), int(issues.answers[k])
        shares = found.shares[k]
        numbers = [shares[label], shares[answer], issues.margin[k]]
        rows.append(
            [
                rank,
                names[k],
                classes[label],
                classes[answer],
                *(round(float(v), 5) for v in numbers),
                int(issues.suspects[k]),
                round(float(found.energies[k]), 5),
                int(found.folds[k]),
            ]
        )
    return rows


def twin_rows(
    names: list[str], samples: Samples, pairs: list[Pair], classes: list[str]
) -> list[list[Any]]:
    """Return twins.csv: the pairs that are nearly the same, the most alike first."""
    labels: Array = samples.labels
    head: list[Any] = ["likeness", "first", "second", "first_label", "second_label"]
    return [head] + [
        [round(p.likeness, 5), names[a], names[b], classes[labels[a]], classes[labels[b]]]
        for p in pairs
        for a, b in [p[:2]]
    ]


def as_csv(rows: list[list[Any]]) -> bytes:
    """Return rows as CSV that no spreadsheet takes for formulas."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([csv_cell(v) for v in row] for row in rows)
    return text.getvalue().encode()

"""The page of netkit audit: pictures of what is odd, and tables."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from netkit.auditing.labels import Issues
from netkit.auditing.twins import Pair
from netkit.auditing.units import Units
from netkit.build.folds import OutOfFold
from netkit.dataset import Samples
from netkit.pictures.gallery_page import Section, gallery_page
from netkit.pictures.odd import Card, draw_cards, draw_pairs
from netkit.pictures.style import png
from netkit.types import Array

MOST_CELLS = 20  # of the table of labels that are taken for others


def audit_page(
    samples: Samples,
    names: Sequence[str],
    classes: Sequence[str],
    *,
    issues: Issues,
    found: OutOfFold,
    pairs: Sequence[Pair],
    units: Sequence[Units],
    lines: Sequence[str],
    most: int,
    command: str,
) -> str:
    """Return the HTML of the page; most: samples of each kind."""

    def card(k: int) -> Card:
        label, answer = int(samples.labels[k]), int(issues.answers[k])
        share = found.shares[k, answer]
        said = f"{classes[label]}: {classes[answer]} ({share:.2f})"
        return Card(samples.images[k], said, names[k], label != answer)

    wrong = [k for k in issues.order.tolist() if issues.suspects[k]]
    hard = hardest(issues, found)
    sections = [
        Section("What there is", lines),
        shown(
            f"Labels that look wrong: {len(wrong):,}",
            "Under each its label, and what a net that had not seen it answers and how sure it is. "
            "The likeliest errors first.",
            [card(k) for k in wrong[:most]],
        ),
        Section("Labels and what they seem to be", table=taken_for(issues.joint, classes)),
        twins_section(samples, names, classes, pairs[:most]),
        shown(
            "Hardest samples",
            "Of those whose label does not look wrong: the highest energies.",
            [card(k) for k in hard[:most]],
        ),
        units_section(units),
        Section("How to repeat it", command=command),
    ]
    return gallery_page("Audit", f"{len(samples):,} samples", sections)


def hardest(issues: Issues, found: OutOfFold) -> list[int]:
    """Return the samples whose labels do not look wrong, the highest energy first."""
    order = np.argsort(-found.energies, kind="stable")
    some: list[int] = order[~issues.suspects[order]].tolist()
    return some


def shown(title: str, text: str, cards: Sequence[Card]) -> Section:
    """Return a section with a picture of samples; a word where there are none."""
    if not cards:
        return Section(title, ["none"])
    return Section(title, [text], [(png(draw_cards(cards), True), "")])


def taken_for(joint: Array, classes: Sequence[str]) -> list[list[Any]]:
    """Return the pairs of classes with the most wrong labels, as a table."""
    off = joint * (1 - np.eye(len(joint)))
    order = np.argsort(-off, axis=None)[:MOST_CELLS]
    rows, columns = np.unravel_index(order, off.shape)
    some = [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if off[i, j] > 0]
    table: list[list[Any]] = [["label", "seems to be", "samples, estimated"]]
    return [*table, *([classes[i], classes[j], round(float(off[i, j]), 1)] for i, j in some)]


def twins_section(
    samples: Samples, names: Sequence[str], classes: Sequence[str], pairs: Sequence[Pair]
) -> Section:
    """Return the near duplicates, those with two labels first."""
    title = "Near duplicates"
    if not pairs:
        return Section(title, ["none"])
    torn = sorted(pairs, key=lambda p: samples.labels[p.first] == samples.labels[p.second])
    drawn = []
    for a, b, likeness in torn:
        one, other = (
            Card(samples.images[k], classes[samples.labels[k]], names[k], False) for k in (a, b)
        )
        drawn.append((one, other, likeness))
    text = "The number is the correlation of their pixels. Red: two labels for one picture."
    return Section(title, [text], [(png(draw_pairs(drawn), True), "")])


def units_section(units: Sequence[Units]) -> Section:
    """Return the table of dead units, by layer."""
    rows: list[list[Any]] = [["layer", "type", "maps", "dead", "which"]]
    for unit in units:
        which = ", ".join(map(str, unit.dead[:20])) + (", ..." if len(unit.dead) > 20 else "")
        rows.append([unit.layer, unit.kind, unit.maps, len(unit.dead), which])
    text = "Maps of the last net that have one value at all places of all samples."
    return Section("Dead units", [text], table=rows)

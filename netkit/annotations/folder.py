"""A folder of annotated pictures: its classes, and which pictures serve for what."""

from pathlib import Path
from typing import NamedTuple

from netkit.annotations.annotation import UNDIVIDED, Annotation, Reading
from netkit.annotations.coco import read_coco
from netkit.annotations.findings import Findings
from netkit.annotations.layout import Tree, sources
from netkit.annotations.pictures import annotations
from netkit.annotations.splits import pairs_of_bytes, split
from netkit.annotations.voc import read_voc
from netkit.annotations.yolo import read_yolo
from netkit.errors import NetkitError

READERS = {"COCO": read_coco, "Pascal VOC": read_voc, "YOLO": read_yolo}


class AnnotatedFolder(NamedTuple):
    """What a folder of annotated pictures holds.

    parts: the pictures of "train" and "val", and of "test" where there are some.  kind: COCO,
    Pascal VOC or YOLO.  notes: a line for each thing that a user may not expect.  named: the parts
    that the folder names itself; "val" was taken from "train" by share if it is not among them.
    """

    classes: list[str]
    parts: dict[str, list[Annotation]]
    kind: str
    notes: list[str]
    named: list[str]


def read_annotated(
    root: str | Path | None, *, share: float = 0.2, seed: int = 0
) -> AnnotatedFolder:
    """Return the annotated pictures of a folder, of a COCO file or of a data.yaml.

    share: how many of the pictures to train on serve to test on where the folder names none for
    it; which, follows from `seed` and from their names alone. Boxes are in pixels of the picture
    as it is shown, upright, and inside of it. Raises NetkitError with the file that is wrong.
    """
    if root is None or str(root) == "":
        raise NetkitError(
            "root=null: name the folder of annotated pictures, a COCO .json or a data.yaml: "
            "root=FOLDER"
        )
    path = Path(root)
    if not path.exists():
        raise NetkitError(f"root={root}: there is no such folder or file: correct the path")
    tree = Tree(path if path.is_dir() else path.parent, asked=path)
    found = sources(path, tree)
    if not found:
        raise NetkitError(
            f"root={root}: holds no COCO .json, no VOC .xml, and no YOLO data.yaml, classes.txt "
            "or labels/"
        )
    (kind, files), *others = found
    reading = READERS[kind](files, tree)
    findings = reading.findings
    parts = {part: annotations(rows, findings) for part, rows in reading.parts.items()}
    parts = {part: rows for part, rows in parts.items() if rows}
    check_boxes(path, reading, parts)
    named = [part for part in parts if part != UNDIVIDED]
    parts = divided(parts, tree.root, findings, share=share, seed=seed)
    pairs = pairs_of_bytes(parts["train"], parts["val"])
    findings.add("both", f"{pairs[0][0]} is {pairs[0][1]}" if pairs else "", len(pairs))
    notes = findings.lines() + strange(reading.classes, parts)
    for kind_, files_ in others:
        if kind_ != kind:
            notes.append(
                f"{kind_} annotations left out, {kind} serves: root={files_[0]} takes them"
            )
    return AnnotatedFolder(reading.classes, parts, kind, notes, named)


def check_boxes(root: Path, reading: Reading, parts: dict[str, list[Annotation]]) -> None:
    """Raise NetkitError if there is no picture, or no box on any of them."""
    if not parts:
        said = "; ".join(reading.findings.lines()) or "it describes none"
        raise NetkitError(f"root={root}: none of its annotated pictures can be taken ({said})")
    if not any(len(row.boxes) for rows in parts.values() for row in rows):
        count = sum(map(len, parts.values()))
        said = "".join(f"; {line}" for line in reading.findings.lines()[:3])
        raise NetkitError(f"root={root}: no box on any of its {count:,} pictures{said}")


def divided(
    parts: dict[str, list[Annotation]], root: Path, findings: Findings, *, share: float, seed: int
) -> dict[str, list[Annotation]]:
    """Return "train", "val" and, where there is one, "test".

    Pictures in no part are left out if others are in "train", and else are those to train on.
    """
    loose = parts.get(UNDIVIDED, [])
    named = {part: rows for part, rows in parts.items() if part != UNDIVIDED}
    if "train" not in named:
        named["train"] = loose
    elif loose:
        findings.add("no_part", loose[0].path, len(loose))
    if "val" not in named:
        named |= split(named["train"], root, share=share, seed=seed)
    return {part: named[part] for part in ("train", "val", "test") if part in named}


def strange(classes: list[str], parts: dict[str, list[Annotation]]) -> list[str]:
    """Return a line on classes without boxes, and on those to test on that are not trained on."""
    there = {
        part: {int(label) for row in rows for label in row.labels} for part, rows in parts.items()
    }
    nowhere = [k for k in range(len(classes)) if not any(k in some for some in there.values())]
    lines = [f"without a box: {listing(classes, nowhere)}"] if nowhere else []
    for part, some in there.items():
        if there["train"] and (new := sorted(some - there["train"])):
            lines.append(f"in {part} and not in train: {listing(classes, new)}")
    return lines


def listing(classes: list[str], numbers: list[int]) -> str:
    """Return the names of some classes, the first ten of them."""
    more = f" and {len(numbers) - 10:,} more" if len(numbers) > 10 else ""
    return (
        f"class{'es' if len(numbers) > 1 else ''} "
        + ", ".join(classes[k] for k in numbers[:10])
        + more
    )

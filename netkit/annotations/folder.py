"""A folder of annotated pictures: its classes, and which pictures serve for what."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from netkit.annotations.reading import Annotation, kind_of, read_annotations
from netkit.errors import NetkitError
from netkit.files.documents import read_text

SETS = "ImageSets", "ImageSets/Main"  # where Pascal VOC has its lists


class AnnotatedFolder(NamedTuple):
    """What a folder of annotated pictures holds.

    parts: the pictures of "train" and "val", and of "test" where there are some.  kind: COCO,
    Pascal VOC or YOLO.  notes: a line for each thing that a user may not expect.  named: the parts
    that the folder names itself; the others were taken from "train" by share.
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
    it; which, follows from `seed` and from their names alone. Raises NetkitError with the file
    that is wrong.
    """
    rows, classes = read_annotations(root)
    folder = Path(root or "")
    parts = listed(folder, rows)
    named = sorted(parts)
    parts = parts or {"train": rows}
    if "val" not in parts:
        parts |= split(parts["train"], folder, share=share, seed=seed)
    return AnnotatedFolder(classes, parts, kind_of(folder), [], named)


def listed(root: Path, rows: list[Annotation]) -> dict[str, list[Annotation]]:
    """Return the parts that Pascal VOC's lists name; none if there are no lists."""
    by_name = {row.path.stem: row for row in rows}
    for folder in (root / name for name in SETS):
        files = {part: folder / f"{part}.txt" for part in ("train", "val", "test")}
        names = {
            part: read_text(path, f"{path}:").split()
            for part, path in files.items()
            if path.is_file()
        }
        if "train" in names:
            return {
                part: [by_name[name] for name in some if name in by_name]
                for part, some in names.items()
            }
    return {}


def split(
    rows: list[Annotation], root: Path, *, share: float, seed: int
) -> dict[str, list[Annotation]]:
    """Divide pictures into "train" and "val" by a hash of their names.

    A picture stays where it is when others are added. Of two pictures or more each part gets one at
    least, if the share is above 0.
    """
    if not 0 <= share < 1:
        raise NetkitError(f"share={share}: give a number from 0 to below 1")
    places = {row.path: place(row.path, root, seed) for row in rows}
    limit = share
    if share and len(rows) > 1:
        low, *_, high = sorted(places.values())
        limit = min(max(share, low * (1 + 1e-9) + 1e-18), high)
    val = [row for row in rows if places[row.path] < limit]
    return {"train": [row for row in rows if places[row.path] >= limit], "val": val}


def place(path: Path, root: Path, seed: int) -> float:
    """Return a number from 0 to 1 that follows from a picture's name in its folder and the seed."""
    name = path.relative_to(root) if path.is_relative_to(root) else path
    digest = hashlib.blake2b(f"{seed} {name.as_posix()}".encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64

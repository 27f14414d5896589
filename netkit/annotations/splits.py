"""Which pictures serve to test on, by share; and which are trained on as well."""

import hashlib
from pathlib import Path

from netkit.annotations.annotation import Annotation
from netkit.errors import NetkitError

MOST = 1_000_000_000  # bytes of pictures of one length that are compared


def split(
    rows: list[Annotation], root: Path, *, share: float, seed: int
) -> dict[str, list[Annotation]]:
    """Divide pictures into "train" and "val" by a hash of their names.

    A picture stays where it is when others are added. Of two pictures or more each part gets one at
    least, if the share is above 0.
    """
    if not 0 <= share < 1:
        raise NetkitError(f"share={share}: give a number from 0 to below 1")
    order = sorted(rows, key=lambda row: place(row.path, root, seed))
    count = sum(place(row.path, root, seed) < share for row in rows)
    if rows and share:
        count = min(max(count, 1), len(rows) - 1)
    val = {row.path for row in order[:count]}
    return {
        "train": [row for row in rows if row.path not in val],
        "val": [row for row in rows if row.path in val],
    }


def place(path: Path, root: Path, seed: int) -> float:
    """Return a number from 0 to 1 that follows from a picture's name in its folder and the seed."""
    name = path.relative_to(root) if path.is_relative_to(root) else path
    digest = hashlib.blake2b(f"{seed} {name.as_posix()}".encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def pairs_of_bytes(train: list[Annotation], val: list[Annotation]) -> list[tuple[Path, Path]]:
    """Return (val, train) of pictures whose files are the same, byte for byte, one for each of val.

    Only files of one length are read.
    """
    by_size: dict[int, list[Path]] = {}
    for row in train:
        by_size.setdefault(row.path.stat().st_size, []).append(row.path)
    alike = [
        (row.path, by_size[size]) for row in val if (size := row.path.stat().st_size) in by_size
    ]
    if sum(others[0].stat().st_size * len(others) for _, others in alike[:1000]) > MOST:
        return []
    known: dict[Path, bytes] = {}

    def digest(path: Path) -> bytes:
        if path not in known:
            known[path] = hashlib.blake2b(path.read_bytes(), digest_size=16).digest()
        return known[path]

    found = []
    for path, others in alike:
        for other in others:
            if digest(path) == digest(other):
                found.append((path, other))
                break
    return found

"""Names of the files that are written about an image."""

from pathlib import Path


def stem_of(name: str) -> str:
    """Return the last part of an image's name without its ending: clip.mp4[3] gives clip-00003."""
    last, _, number = Path(name).name.partition("[")
    number = number.rstrip("]")
    return Path(last).stem + (f"-{int(number):05d}" if number.isdigit() else "")


def free_name(path: Path) -> Path:
    """Return `path`, or the first of path-2, path-3, ... that is not taken."""
    free, k = path, 1
    while free.exists():
        k += 1
        free = path.with_name(f"{path.stem}-{k}{path.suffix}")
    return free

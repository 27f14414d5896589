"""Names of files: those that are written about an image, and those that others' files give."""

import hashlib
import re
from pathlib import Path

from netkit.errors import NetkitError, shown
from netkit.files.text import CONTROL

LONGEST = 100  # bytes of UTF-8: an ending and ".part" fit beside it into a file system's 255
UNSAFE = re.compile(rf'[/\\:*?"<>|]|{CONTROL.pattern}')
HASHED = re.compile(r"~[0-9a-f]{12}$", re.I)
DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\..*)?$", re.I)  # on Windows


def safe_part(name: str) -> str:
    """Return a name as one part of a path: a file or a folder in the folder that it is joined to.

    A name that is safe stays as it is. Another one loses what is not, and gets ~ and twelve digits
    of its SHA-256, so that two names never become one.
    """
    part = UNSAFE.sub("_", name).encode()[:LONGEST].decode(errors="ignore").strip(" ")
    part = re.sub(r"^\.|\.$", "_", part)
    if part == name and part and not HASHED.search(part) and not DEVICES.match(part):
        return part
    return f"{part}~{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:12]}"


def stem_of(name: str) -> str:
    """Return the last part of an image's name without its ending: clip.mp4[3] gives clip-00003."""
    last, _, number = Path(name).name.partition("[")
    number = number.rstrip("]")
    counted = number.isascii() and number.isdigit() and len(number) < 10
    return safe_part(Path(last).stem + (f"-{int(number):05d}" if counted else ""))


def free_name(path: Path) -> Path:
    """Return `path`, or the first of path-2, path-3, ... that is not taken."""
    free, k = path, 1
    while free.exists():
        k += 1
        free = path.with_name(f"{path.stem}-{k}{path.suffix}")
    return free


def inside(folder: Path, name: str, what: str) -> Path:
    """Return the file of a folder that another file names; raise NetkitError if it leads out.

    what: what gives the name, for the error.
    """
    path = folder / name if "\0" not in name else folder
    here = path.is_relative_to(folder) and path != folder
    if not here or ".." in path.relative_to(folder).parts:
        raise NetkitError(
            f"{what}={shown(name)}: leads out of {folder}: name a file in it, as in images/1.png"
        )
    if any(len(part.encode(errors="surrogatepass")) > 255 for part in path.parts):
        raise NetkitError(f"{what}={name[:40]!r}...: longer than a name can be: rename it")
    return path

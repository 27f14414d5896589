"""Images in tar files, read one after the other: nothing is unpacked.

WebDataset's form: the files of a sample follow each other and have one name but for what comes
after its first dot: 0001.jpg, 0001.cls, 0001.json. `cls` has the number of its class, as text.
"""

import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from netkit.errors import NetkitError
from netkit.files.images import PICTURES

if TYPE_CHECKING:
    from netkit.sharding.portion import Portion

TARS = ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"
INSIDE = (*PICTURES, ".tif", ".tiff")  # pictures, which say themselves what they are
LARGEST = 1 << 28  # bytes of one picture in a tar file
CLASS = ".cls"
TORN = tarfile.TarError, OSError, EOFError, zlib.error, lzma.LZMAError


class Member(NamedTuple):
    """A picture in a tar file, called TAR/NAME, and what its sample's .cls says, or "".

    at: its place among the images of all shards; None without shards.
    """

    name: str
    data: bytes
    truth: str = ""
    at: int | None = None


def is_tar(path: str | Path) -> bool:
    """Return whether a file is a tar file, by its name."""
    return str(path).lower().endswith(TARS)


def members(path: Path, portion: "Portion | None" = None) -> Iterator[Member]:
    """Yield the pictures of a tar file, in order.

    portion: is asked once for each picture; of those that it does not want no byte is read. What is
    torn ends with NetkitError after the pictures before it.
    """
    held: list[Member] = []  # pictures of the sample that is being read
    key, truth = "", ""
    for name, read in entries(path):
        this = key_of(name)
        if this != key:
            yield from (m._replace(truth=truth) for m in held)
            held, key, truth = [], this, ""
        if name.lower().endswith(CLASS):
            truth = read()[:100].decode(errors="replace").strip()
        elif name.lower().endswith(INSIDE) and (not portion or portion(f"{path}/{name}")):
            at = portion.at if portion else None
            held.append(Member(f"{path}/{name}", read(), at=at))
    yield from (m._replace(truth=truth) for m in held)


def key_of(name: str) -> str:
    """Return what the files of a sample have in common: the name up to the first dot of a file."""
    folder, stroke, last = name.rpartition("/")
    return folder + stroke + last.partition(".")[0]


def entries(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield (name, what reads it) of the files in a tar file, in order."""
    # A plain file is skipped through by its headers; a packed one has to be read all the same.
    mode = "r:" if str(path).lower().endswith(".tar") else "r|*"
    try:
        with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
            for entry in tar:
                if entry.isfile() and not Path(entry.name).name.startswith("."):
                    yield entry.name, reader(path, tar, entry)
                tar.members = []  # which it keeps for those who go back
    except TORN as error:
        raise torn(path, error) from None


def reader(path: Path, tar: tarfile.TarFile, entry: tarfile.TarInfo) -> Callable[[], bytes]:
    """Return what reads a file in a tar file, as long as no other one is read."""

    def read() -> bytes:
        if entry.size > LARGEST:
            raise NetkitError(
                f"{path}/{entry.name}: {entry.size:,} bytes: a picture in a tar file has "
                f"{LARGEST:,} at most: leave it out of it"
            )
        try:
            file = tar.extractfile(entry)
            return file.read() if file else b""
        except TORN as error:
            raise torn(path, error) from None

    return read


def torn(path: Path, error: Exception) -> NetkitError:
    """Return the error of a tar file that cannot be read to its end."""
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return NetkitError(f"{path}: not a whole tar file ({reason}): copy it anew")

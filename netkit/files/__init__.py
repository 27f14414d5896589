"""Files read and written: whole or not at all."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from netkit.errors import NetkitError

FULL = errno.ENOSPC, errno.EDQUOT, errno.EFBIG


class CannotWrite(NetkitError):
    """Report a file that cannot be written: a full disk, a folder that is gone or not ours."""


# What is told of a file before `write_beside` gives it its name; None: nobody.
TOLD: ContextVar[Callable[[Path], object] | None] = ContextVar("TOLD", default=None)
# The folders that files were written into, in a context of `lasting`; None outside of one.
FOLDERS: ContextVar[set[Path] | None] = ContextVar("FOLDERS", default=None)


def write_beside(path: str | Path, data: bytes) -> None:
    """Write bytes to `path` whole or not at all; raise CannotWrite where that fails."""
    path, folders = Path(path), FOLDERS.get()
    part = path.with_name(f".{path.name}.part")
    try:
        with open(part, "wb") as file:
            file.write(data)
            if folders is not None:
                file.flush()
                os.fsync(file.fileno())
        if tell := TOLD.get():
            tell(path)
        os.replace(part, path)
        if folders is not None:
            folders.add(path.parent)
    except BaseException as error:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise cannot_write(path, error) from None
        raise


@contextmanager
def lasting() -> Iterator[None]:
    """Return a context at whose end the files of `write_beside` are on the disk.

    Without it they are on their way there for some seconds. Of each file the contents come first,
    then its name: after a power failure it is as it was before, or as it is now. docs/runs.md says
    what it costs.  Raises CannotWrite.
    """
    folders: set[Path] = set()
    token = FOLDERS.set(folders)
    try:
        yield
        for folder in folders:
            try:
                sync_folder(folder)
            except OSError as error:
                raise cannot_write(folder, error) from None
    finally:
        FOLDERS.reset(token)


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """Return the error of a file that cannot be written, with what to do about it."""
    gone = error.errno == errno.ENOENT and not path.parent.exists()
    reason = f"its folder is gone: {error.strerror}" if gone else error.strerror
    remedy = "free some space, or choose another folder"
    if error.errno not in FULL:
        remedy = "choose another folder"
    return CannotWrite(f"{path}: cannot be written ({reason}): {remedy}")


def sync_folder(folder: Path) -> None:
    """Wait until a folder itself is on the disk: what was renamed in it keeps its new name."""
    if os.name == "nt":
        return  # Windows opens no folders; its journal has the new name
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that has nothing to wait for
            raise
    finally:
        os.close(number)

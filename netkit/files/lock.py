"""A folder that one run alone writes into, for as long as its process lives."""

import errno
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from netkit.errors import NetkitError
from netkit.files import cannot_write

log = logging.getLogger("netkit")
NAME = ".lock"
TAKEN = errno.EACCES, errno.EAGAIN, errno.EDEADLK
FAR = 1 << 30  # Windows locks bytes: one that nobody reads
MOST = 500  # bytes that are read of what another run says of itself


@contextmanager
def locked(folder: Path, doing: str = "trains in it") -> Iterator[None]:
    """Return a context in which no other run can lock `folder`.

    doing: what another run does that has it, for the error.

    The operating system holds the lock for the open file `.lock`, and lets go of it when the
    process ends, however it ends: a file that a killed run left there stops nobody.  Raises
    NetkitError if another run has it, CannotWrite if nothing can be written there.
    """
    path = folder / NAME
    number = opened(path, folder, doing)
    try:
        os.ftruncate(number, 0)
        now = datetime.now().isoformat(" ", "seconds")
        os.write(number, f"process {os.getpid()} of {socket.gethostname()} since {now}".encode())
    except OSError as error:  # a full disk: the lock holds all the same
        log.debug("%s: %s", path, error)
    try:
        yield
    finally:
        if os.name == "nt":  # Windows removes no open file
            os.close(number)
        with suppress(OSError):
            path.unlink()
        if os.name != "nt":
            os.close(number)


def is_locked(folder: Path) -> bool:
    """Return whether a run has `folder` now. Without locks, as on some file systems: no."""
    try:
        number = os.open(folder / NAME, os.O_RDWR)
    except OSError:
        return False
    try:
        lock(number)
    except OSError as error:
        return error.errno in TAKEN
    finally:
        os.close(number)
    return False


def opened(path: Path, folder: Path, doing: str) -> int:
    """Return the file descriptor of a lock file that is open and locked."""
    while True:
        try:
            number = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise cannot_write(path, error) from None
        try:
            lock(number)
        except OSError as error:
            said = about(number)
            os.close(number)
            if error.errno in TAKEN:
                raise NetkitError(
                    f"{folder}: another run {doing}{said}: wait for it, or choose another "
                    "folder (hydra.run.dir=FOLDER)"
                ) from None
            log.warning("%s: this file system has no locks: let no second run write here", folder)
            return os.open(os.devnull, os.O_RDWR)
        if is_there(path, number):
            return number
        os.close(number)  # its owner ended, and removed the file, since it was opened here


def lock(number: int) -> None:
    """Lock an open file, or raise OSError."""
    if os.name == "nt":
        import msvcrt

        os.lseek(number, FAR, os.SEEK_SET)
        msvcrt.locking(number, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        os.lseek(number, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_there(path: Path, number: int) -> bool:
    """Return whether the open file `number` is the one that a path names now."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(number))
    except OSError:
        return False


def about(number: int) -> str:
    """Return what a run has written of itself into its lock, in brackets; "" if nothing."""
    with suppress(OSError):
        os.lseek(number, 0, os.SEEK_SET)
        said = os.read(number, MOST).decode(errors="replace")
        return f" ({said})" if said else ""
    return ""

"""Together: how a command that mpiexec or srun started many times ends, with one line for all."""

import contextlib
import logging
import socket
import sys
import traceback
from collections.abc import Iterator
from typing import Any

from netkit.build.parts import COMMUNICATORS, make_communicator
from netkit.communicator import Communicator
from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.interrupts import Terminated
from netkit.launched import launched
from netkit.registry import Registry

SECONDS = 3.0  # that a rank which failed waits for the others to fail too


@contextlib.contextmanager
def together() -> Iterator[None]:
    """Return a context for a command that several processes run, the ranks of one run.

    What all ranks fail with, such as a word that is wrong, rank 0 raises, and the others end in
    silence. A rank that fails alone says so, and ends all.
    """
    rank = launched().rank
    if rank:
        logging.getLogger("netkit").setLevel(logging.CRITICAL)
    try:
        yield
    except SystemExit:
        raise
    except BaseException as error:
        fail(error)
        if rank:
            raise SystemExit(code_of(error)) from None
        raise
    else:
        for comm in COMMUNICATORS.values():
            comm.end()


def of_rank_0(cfg: dict[str, Any], value: Any) -> Any:
    """Return rank 0's value, of what JSON has, on every rank of a run that `cfg` describes."""
    return make_communicator(Registry(), cfg).share(value)


def fail(error: BaseException) -> None:
    """Return if all ranks failed at about the same time; else say it, and end all of them."""
    comm = present()
    if comm is None or comm.size == 1:
        return
    if comm.meet(SECONDS):
        for each in COMMUNICATORS.values():
            each.end()
        return
    said = str(error) or ("terminated" if isinstance(error, Terminated) else "interrupted")
    if not isinstance(error, (NetkitError, OSError, KeyboardInterrupt)):
        said = "".join(traceback.format_exception(error))
    where = f"rank {comm.rank} of {comm.size}, on {socket.gethostname()}: " if comm.rank else ""
    sys.stderr.write(f"netkit: {where}{printable(said.strip(), lines=True)}\n")
    sys.stderr.flush()
    comm.abort(code_of(error))


def present() -> Communicator | None:
    """Return the communicator of this process; None if it has none, and can have none."""
    if COMMUNICATORS:
        return list(COMMUNICATORS.values())[-1]
    try:
        return make_communicator(Registry(), {})
    except NetkitError:
        return None


def code_of(error: BaseException) -> int:
    """Return the exit code of an error, as shells have it."""
    if isinstance(error, Terminated):
        return 143
    return 130 if isinstance(error, KeyboardInterrupt) else 1

"""Lifeline: a connection from each rank to rank 0, which breaks when one of the two dies."""

import contextlib
import hmac
import os
import secrets
import selectors
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from netkit.files.text import printable

if TYPE_CHECKING:
    from netkit.plugins.communicators.mpi import Mpi

CONNECT = 3.0  # seconds for a connection to rank 0
BYE = b"."  # said before a connection is closed on purpose
OVER = b"!"  # said by rank 0 when another is dead: it has told the user
ALIVE = {"TCP_KEEPIDLE": 3, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 2}  # a host without power: 7 s
PASSED_ON = 0.3  # seconds from a last line to an end, when Open MPI's launcher may read no more
KEY = 16  # bytes that say that a connection is from a rank of this run


class Lifeline:
    """A thread that waits for the death of another rank, and then ends this one with one line.

    The kernel closes the connections of a process that ends, however it ends. MPI itself may wait
    for a dead rank for ever, and srun lets the others wait. Where no connection can be made, as
    through a firewall, it is left to the launcher.
    """

    def __init__(self, comm: "Mpi") -> None:
        self.comm = comm
        self.closing = False
        self.others: dict[socket.socket, int] = {}  # connections, and the rank at the other end
        self.wakes, self.woken = socket.socketpair()  # so that `close` can wake the thread
        self.thread = threading.Thread(target=self.watch, name="lifeline", daemon=True)
        self.connect()
        self.thread.start()

    def connect(self) -> None:
        """Connect every rank with rank 0."""
        world, server = self.comm.world, None
        offer: tuple[list[str], int, bytes] | None = None
        if self.comm.rank == 0:
            with contextlib.suppress(OSError):
                alone = self.comm.host.size == self.comm.size
                server = socket.create_server(("127.0.0.1" if alone else "", 0))
                names = ["127.0.0.1"] if alone else [socket.gethostname(), socket.getfqdn()]
                offer = names, server.getsockname()[1], secrets.token_bytes(KEY)
        offer = world.bcast(offer)
        if offer is not None and self.comm.rank:
            self.join(*offer)
        expected = world.allreduce(len(self.others))
        if server is not None and offer is not None:
            with server:
                self.accept(server, expected, offer[2])
        world.Barrier()

    def join(self, names: list[str], port: int, key: bytes) -> None:
        """Connect to rank 0, by the first of its names that leads there."""
        for name in names:
            with contextlib.suppress(OSError):
                link = socket.create_connection((name, port), CONNECT)
                link.sendall(key + self.comm.rank.to_bytes(4, "big"))
                self.keep(link, 0)
                return

    def accept(self, server: socket.socket, expected: int, key: bytes) -> None:
        """Accept so many connections of ranks, and none of a stranger."""
        server.settimeout(CONNECT)
        with contextlib.suppress(OSError):
            while len(self.others) < expected:
                link = server.accept()[0]
                link.settimeout(CONNECT)
                said = link.recv(KEY + 4, socket.MSG_WAITALL)
                if hmac.compare_digest(said[:KEY], key):
                    self.keep(link, int.from_bytes(said[KEY:], "big"))
                else:
                    link.close()

    def keep(self, link: socket.socket, rank: int) -> None:
        """Take a connection; the kernel asks now and then whether the other host is there."""
        link.settimeout(None)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in ALIVE.items():
            if hasattr(socket, name):
                link.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        self.others[link] = rank

    def watch(self) -> None:
        """Wait for the end of a connection, until this rank takes leave itself."""
        with selectors.DefaultSelector() as selector:
            for each in (self.woken, *self.others):
                selector.register(each, selectors.EVENT_READ)
            left = len(self.others)
            while left and not self.closing:
                for key, _ in selector.select():
                    link: Any = key.fileobj
                    if link is self.woken:
                        return
                    selector.unregister(link)
                    left -= 1
                    said = heard(link)
                    if said != BYE and not self.closing:
                        self.mourn(self.others[link], told=said == OVER)

    def mourn(self, rank: int, told: bool) -> None:
        """End this process, for a rank is dead; told: rank 0 has said so.

        Rank 0 says it, and if that is dead, rank 1.
        """
        self.closing = True
        if not told and self.comm.rank == (0 if rank else 1):
            said = f"netkit: rank {rank} of {self.comm.size} has died{self.comm.note()}\n"
            with contextlib.suppress(OSError, ValueError):
                sys.stderr.write(printable(said, lines=True))
                sys.stderr.flush()
            time.sleep(PASSED_ON)
        for link in self.others:
            with contextlib.suppress(OSError):
                link.sendall(OVER)
        if self.comm.rank == 0 and len(self.others) < self.comm.size - 1:
            with contextlib.suppress(Exception):  # some have no connection
                self.comm.world.Abort(1)
        os._exit(1)

    def close(self) -> None:
        """Take leave, so that the others do not take the end of this rank for its death."""
        if self.closing:
            return
        self.closing = True
        for link in self.others:
            with contextlib.suppress(OSError):
                link.sendall(BYE)
        with contextlib.suppress(OSError):
            self.wakes.sendall(BYE)
        if self.thread is not threading.current_thread():
            self.thread.join(1)
        for link in (*self.others, self.wakes, self.woken):
            link.close()


def heard(link: socket.socket) -> bytes:
    """Return what the other end of a connection has said; nothing if it is dead."""
    try:
        return link.recv(1)
    except OSError:
        return b""

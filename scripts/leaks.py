"""Look for what grows: memory, open files and threads over a long run, many images and requests.

    python scripts/leaks.py [--iterations 300] [--images 2000] [--requests 5000]

Each job is done a tenth of the way first (of images and requests 20 at least), to fill what is
filled once; what the rest of it adds is printed. Exits with 1 if a job adds more than 5 MB of
memory, an open file or a thread. Linux alone.
"""

import argparse
import ctypes
import gc
import http.client
import json
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import numpy as np

import netkit
from netkit.build.detector import make_detector
from netkit.config.compose import compose
from netkit.play.player import Player
from netkit.play.server import HOST, listen, server
from netkit.registry import Registry
from netkit.training.trainer import Trainer

MOST = 5.0  # MB that a job may add
FIRST = 20  # calls, at least, before what is held is taken for settled
STROKES = json.dumps({"strokes": [[[50, 10], [50, 90]]]})


class Held(NamedTuple):
    """What this process holds."""

    megabytes: float
    files: int
    threads: int

    @classmethod
    def now(cls) -> "Held":
        """Return what it holds after a collection, without what the allocator keeps in reserve."""
        gc.collect()
        if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # glibc has it
            trim(0)
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        held = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        return cls(held, len(os.listdir("/proc/self/fd")), threading.active_count())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--iterations", type=int, default=300)
    parser.add_argument("--images", type=int, default=2000)
    parser.add_argument("--requests", type=int, default=5000)
    given = parser.parse_args()
    wrong = sum(
        [
            report(f"train, {given.iterations} iterations", *trained(given.iterations)),
            report(f"detect, {given.images} images", *repeated(detecting(), given.images)),
            report(f"classify, {given.images} images", *repeated(classifying(), given.images)),
            report(f"play, {given.requests} requests", *asked(given.requests)),
        ]
    )
    sys.exit(wrong > 0)


def report(job: str, before: Held, after: Held) -> bool:
    """Print what a job has added; return whether it is too much."""
    memory = after.megabytes - before.megabytes
    files, threads = after.files - before.files, after.threads - before.threads
    print(f"{job}: {memory:+.2f} MB, {files:+d} open files, {threads:+d} threads", flush=True)
    return memory > MOST or files > 0 or threads > 0


def trained(iterations: int) -> tuple[Held, Held]:
    """Train for so many iterations; return what is held after a tenth of them, and at the end."""
    held: list[Held] = []
    pass_over = Trainer.pass_over

    def passing(trainer: Trainer) -> None:
        pass_over(trainer)
        if trainer.iteration in (max(1, iterations // 10), iterations):
            held.append(Held.now())

    Trainer.pass_over = passing  # type: ignore[method-assign]
    words = "arch=lenet5", "train_size=64", "val_size=32", "threads=2", f"iterations={iterations}"
    try:
        with tempfile.TemporaryDirectory() as folder:
            netkit.train(*words, folder=folder)
    finally:
        Trainer.pass_over = pass_over  # type: ignore[method-assign]
    return held[0], held[-1]


def repeated(job: Callable[[int], object], times: int) -> tuple[Held, Held]:
    """Call a job with 0, 1, ...; return what is held after the first calls, and at the end.

    The first are a tenth of them, and FIRST at least.
    """
    for number in range(first := min(times, max(FIRST, times // 10))):
        job(number)
    before = Held.now()
    for number in range(first, times):
        job(number)
    return before, Held.now()


def detecting() -> Callable[[int], object]:
    """Return what looks for digits in an image: of other sizes from call to call."""
    detector = make_detector(Registry(), compose("evaluate", ["threads=2"]))
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (1, 40 + 8 * k, 60), np.uint8) for k in range(6)]
    return lambda number: detector(images[number % len(images)])


def classifying() -> Callable[[int], object]:
    """Return what answers an image."""
    model = netkit.load(None, threads=2)
    images = np.random.default_rng(0).integers(0, 256, (6, 28, 28), np.uint8)
    return lambda number: model.classify(images[number % len(images)])


@contextmanager
def playing() -> Iterator[tuple[str, int]]:
    """Return a context in which the page to draw on is served, at this host and port."""
    model = netkit.load(None, threads=1)
    listener = listen(0)
    running = server(Player(model.net, model.energy, model.classes))
    thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield HOST, listener.getsockname()[1]
    finally:
        running.should_exit = True
        thread.join(10)
        listener.close()


def asked(requests: int) -> tuple[Held, Held]:
    """Send requests, good ones and bad ones; return what is held after a tenth, and at the end."""
    with playing() as place:

        def ask(number: int) -> None:
            connection = http.client.HTTPConnection(*place, timeout=60)
            connection.request("POST", "/answer", STROKES if number % 10 else "[" * 9999)
            reply = connection.getresponse()
            assert reply.status == (200 if number % 10 else 400), reply.status
            reply.read()
            connection.close()

        return repeated(ask, requests)


if __name__ == "__main__":
    main()

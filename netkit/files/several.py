"""Many images read over all cores: by threads, and very many by processes of their own.

Threads are enough for photographs, whose decoding leaves the interpreter's lock to others. Small
images take most of their time in the interpreter: there a process a core is twice as fast. It is
`python -m netkit.files.several`, so that nothing of the caller's program runs in it, as a fork or
multiprocessing would have it. It is given a line of settings, then lines of paths; to each of these
it answers with a line on each image, and the pixels of those that it could read.
"""

import json
import os
import queue
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from typing import Any

import numpy as np

from netkit.errors import NetkitError
from netkit.files.folders import FolderSettings
from netkit.files.reading import Read, read_one

CHUNK = 32  # images that a thread or a process is given at a time
MANY = 4000  # images: processes take a quarter of a second to begin


def read_several(paths: list[str], settings: FolderSettings) -> Iterator[Read | str]:
    """Yield the image of each path, in order; for one that cannot be read, the reason."""
    cores = os.cpu_count() or 1
    chunks = [paths[at : at + CHUNK] for at in range(0, len(paths), CHUNK)]
    with ExitStack() as stack:
        helpers: queue.Queue[Helper] = queue.Queue()
        if len(paths) >= MANY and cores > 1:
            for _ in range(cores):
                helper = Helper(settings)
                stack.callback(helper.close)
                helpers.put(helper)

        def read(some: list[str]) -> list[Read | str]:
            if not helpers_there:
                return [read_one(path, settings) for path in some]
            helper = helpers.get()
            try:
                return helper.read(some)
            finally:
                helpers.put(helper)

        helpers_there = not helpers.empty()
        pool = stack.enter_context(ThreadPoolExecutor(cores))
        waiting: deque[Future[list[Read | str]]] = deque()
        for some in chunks:
            waiting.append(pool.submit(read, some))
            if len(waiting) > 4 * cores:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


class Helper:
    """A process that reads images."""

    def __init__(self, settings: FolderSettings) -> None:
        self.shape = settings.size
        self.process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "netkit.files.several"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the caller, who ends this one
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self.say(vars(settings))

    def say(self, value: Any) -> None:
        """Send a value as a line of JSON."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(value).encode() + b"\n")
        self.process.stdin.flush()

    def read(self, paths: list[str]) -> list[Read | str]:
        """Return the image of each path, or the reason."""
        out = self.process.stdout
        assert out
        try:
            self.say(paths)
            return [
                about if isinstance(about, str) else self.image(about, out)
                for about in json.loads(out.readline())
            ]
        except (OSError, ValueError) as error:  # it ended: no memory, or a crash of a library
            code = self.process.wait()
            raise NetkitError(
                f"a process that reads images ended with {code} ({error}), between {paths[0]} and "
                f"{paths[-1]}: is there memory enough?"
            ) from None

    def image(self, about: list[Any], out: Any) -> Read:
        """Return an image from what is said about it and the pixels that follow."""
        channels, size, *rest = about
        count = channels * self.shape[0] * self.shape[1]
        pixels = np.frombuffer(out.read(count), np.uint8).reshape(channels, *self.shape)
        return Read(pixels, tuple(size), *rest)

    def close(self) -> None:
        """End the process."""
        self.process.kill()
        self.process.wait()
        if self.process.stdin:
            with suppress(BrokenPipeError):  # what it was not told any more
                self.process.stdin.close()
        if self.process.stdout:
            self.process.stdout.close()


def serve() -> None:
    """Read what Helper asks for, until it asks no more."""
    settings = FolderSettings(**json.loads(sys.stdin.buffer.readline()))
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        images = [read_one(path, settings) for path in json.loads(line)]
        said = [one if isinstance(one, str) else (len(one.pixels), *one[1:]) for one in images]
        out.write(json.dumps(said).encode() + b"\n")
        for one in images:
            if not isinstance(one, str):
                out.write(one.pixels.tobytes())
        out.flush()


if __name__ == "__main__":
    serve()

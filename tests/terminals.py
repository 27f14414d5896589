"""A command on a terminal of its own, as a user has one."""

import os
import re
import select
import sys
import time
from contextlib import contextmanager


def on_a_terminal(folder, *words, **variables):
    """Run `netkit WORDS` in a folder; return the bytes that it wrote to its terminal."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ |= variables
        os.execv(sys.executable, [sys.executable, "-m", "netkit.cli", *words])
    text, end = b"", time.time() + 120
    while time.time() < end:
        try:
            text += os.read(terminal, 65536)
        except OSError:  # the other side has closed
            break
    assert os.waitpid(pid, 0)[1] == 0
    return text


class Terminal:
    """A program on a terminal of its own, to be typed to.

    end: the descriptor of the terminal's other end.
    """

    def __init__(self, end):
        self.end = end
        self.seen = ""

    def type(self, text):
        """Type a text; what was seen so far is forgotten."""
        self.seen = ""
        os.write(self.end, text.encode())

    def until(self, text, seconds=20):
        """Read on until a text is seen, without what moves the cursor and rings the bell."""
        until, raw = time.monotonic() + seconds, b""
        while text not in self.seen:
            assert time.monotonic() < until, f"{text!r} did not come: {self.seen!r}"
            if select.select([self.end], [], [], 0.1)[0]:
                raw += os.read(self.end, 65536)
                plain = re.sub(rb"\x1b\[[\d;?]*[a-zA-Z]|[\x07\x08]", b"", raw)
                self.seen = plain.decode(errors="replace")


@contextmanager
def terminal_of(words, cwd, env):
    """A Terminal with a program in a folder and an environment; it is ended at the end."""
    import pty

    pid, end = pty.fork()
    if pid == 0:
        os.chdir(cwd)
        os.execvpe(words[0], words, env)
    try:
        yield Terminal(end)
    finally:
        os.close(end)  # which hangs it up
        os.waitpid(pid, 0)

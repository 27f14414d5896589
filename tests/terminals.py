"""A command on a terminal of its own, as a user has one."""

import os
import sys
import time


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

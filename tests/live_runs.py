"""Runs that are watched, in a process of their own, and what their pages ask."""

import json
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

SMALL = ["train_size=96", "val_size=20", "iterations=2", "threads=1", "backend=numpy"]


@contextmanager
def watched(folder, *words):
    """A run that waits for its page: (process, address); it is ended at the end."""
    command = [sys.executable, "-m", "netkit.cli", "train", *SMALL, f"hydra.run.dir={folder}"]
    command += ["live_wait=true", "live_port=0", *words]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        while not (line := run.stdout.readline()).startswith("watch it learn at "):
            assert line, "it ended before it said where the page is"
        yield run, line.split()[-1]
    finally:
        run.terminate()
        run.wait(20)
        run.stdout.close()


def post(address, path, asked, **headers):
    """What the server of a run answers, in bytes."""
    body = json.dumps(asked).encode()
    request = urllib.request.Request(address + path, body, headers)
    with urllib.request.urlopen(request, timeout=20) as reply:
        return reply.read()


def look(address, chosen=0):
    """The text of the newest snapshot, and its numbers in bytes."""
    found = post(address, "/run", {"chosen": chosen})
    end = 4 + int.from_bytes(found[:4], "little")
    return json.loads(found[4:end]), found[end:]

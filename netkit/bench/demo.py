"""The demo job as whole processes, start-up included: netkit train beside a PyTorch script."""

import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

from netkit.bench import measure
from netkit.errors import NetkitError

PLAIN = "arch.normalise=false", "arch.jitter=false"  # what the PyTorch script trains
MOST = 3  # rounds: each takes seconds
# Run a module, then print the most memory that the process had, in KB. Not by ru_maxrss, which
# begins with what the process had before exec.
WATCHED = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
except SystemExit as end:
    if end.code:
        raise
for line in open("/proc/self/status") if sys.platform == "linux" else ["VmHWM: 0"]:
    if line.startswith("VmHWM"):
        print(line.split()[1], file=sys.stderr)
"""


def demo_rows(
    backend: str, threads: int | None, rounds: int, *, results: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the rows: seconds and megabytes of a whole job.

    The job: 5 iterations over 2,000 digits, with a test of 1,000 others after each.
    """
    more = [f"backend={backend}", *([f"threads={threads}"] if threads else [])]
    netkit, script = "netkit.cli", "netkit.bench.torch_demo"
    results.setdefault("backend", backend)
    memory: dict[str, list[float]] = {}

    def job(name: str, *words: str) -> Callable[[], None]:
        def run() -> None:
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run(
                    [sys.executable, "-c", WATCHED, *words],
                    cwd=folder,
                    capture_output=True,
                    text=True,
                )
                if done.returncode:
                    raise NetkitError(f"{' '.join(words)}: {done.stderr.strip().splitlines()[-1]}")
                memory.setdefault(name, []).append(int(done.stderr.split()[-1]) / 1024)

        return run

    rounds = min(rounds, MOST)
    calls = {"netkit": job("netkit", netkit, "train", "arch=lenet5", *PLAIN, *more)}
    if find_spec("torch"):
        calls["torch script"] = job("torch script", script, *([str(threads)] if threads else []))
    yield {"what": "whole job", "unit": "s", **measure.times(calls, rounds)}
    yield {
        "what": "whole job, memory",
        "unit": "MB",
        **measure.row({k: [1 / v for v in memory[k][1:]] for k in calls}, "netkit", -1),
    }
    calls = {"netkit": job("default", netkit, "train", "arch=lenet5", *more)}
    yield {"what": "the default job", "unit": "s", **measure.times(calls, rounds)}

"""The demo job as whole processes, start-up included: netkit train beside a PyTorch script that
does the same.
"""

import subprocess
import sys
import tempfile
from importlib.util import find_spec

from netkit.bench import measure
from netkit.errors import NetkitError

PLAIN = "arch.normalise=false", "arch.jitter=false"  # what the PyTorch script trains
MOST = 3  # rounds: each takes seconds
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
"""  # not ru_maxrss, which begins with what the process had before exec


def demo_rows(backend, threads, rounds, results):
    """Yield the rows: seconds and megabytes of 5 iterations over 2,000 digits with tests of 1,000
    after each.
    """
    more = [f"backend={backend}", *([f"threads={threads}"] if threads else [])]
    netkit, script = "netkit.cli", "netkit.bench.torch_demo"
    results.setdefault("backend", backend)
    memory = {}

    def job(name, *words):
        def run():
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

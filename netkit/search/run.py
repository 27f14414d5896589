"""What `netkit tune` does: trials until there are enough, by one process or several."""

import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence

from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.search.results import best_of, outcomes, write_results
from netkit.search.settings import Line, read_line
from netkit.search.study import Study
from netkit.search.trial import run_trial

log = logging.getLogger("netkit")
OFTEN = 20.0  # seconds between two pages that are written while a search is going on


def tune(words: Sequence[str]) -> None:
    """Search as words say: print a line a trial and the best at the end, write what came of it."""
    line = read_line(words)
    compose("train", line.words)  # says what is wrong with them, before a folder is there
    began = time.perf_counter()
    study = Study(line)
    if not os.environ.get("NETKIT_PART"):  # one of several, whose parent has said it
        print(f"search {printable(study.folder)}", flush=True)
    if line.settings.processes > 1:
        together(words, line)
    else:
        alone(study, line)
    print(ending(study, time.perf_counter() - began))


def alone(study: Study, line: Line) -> None:
    """Run trials in this process until none is left."""
    written = time.monotonic()
    while True:
        with study.next() as trial:
            if trial is None:
                return
            print(run_trial(study, trial, line.words), flush=True)
        if time.monotonic() - written > OFTEN:
            write_results(study)
            written = time.monotonic()


def together(words: Sequence[str], line: Line) -> None:
    """Start several processes on one search, and wait for them.

    Where one of them ends early, the others do its trials.
    """
    count = line.settings.processes
    threads = max(1, (os.cpu_count() or 1) // count)
    own = [w for w in words if not w.startswith(("tune.processes=", "tune.folder="))]
    if not any(word.startswith("threads=") for word in own):
        own.append(f"threads={threads}")
    command = [sys.executable, "-m", "netkit.cli", "tune", *own, f"tune.folder={line.folder}"]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "NETKIT_PART": "1"}
    processes = [subprocess.Popen(command, env=env) for _ in range(count)]
    try:
        codes = [process.wait() for process in processes]
    except BaseException:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()
        raise
    if all(codes):
        raise NetkitError(f"all processes {how(codes)}: the same line goes on with the search")
    if any(codes):
        log.warning("%d of %d processes %s", sum(map(bool, codes)), count, how(codes))


def how(codes: Sequence[int]) -> str:
    """Return how processes ended that did not end well, in words."""
    killed = sorted({-code for code in codes if code < 0})
    ways = ["ended with an error, which is said above"] if any(code > 0 for code in codes) else []
    return " or ".join(ways + [f"were ended by signal {number}" for number in killed])


def ending(study: Study, seconds: float) -> str:
    """Return the table of the best trials and where everything is; write it all first."""
    text = write_results(study)
    if os.environ.get("NETKIT_PART"):  # one of several, for which their parent says it
        return f"{printable(study.folder)}: no trial is left for this process"
    found = outcomes(study)
    best = best_of(found)
    counts = {
        state: sum(one.state == state for one in found)
        for state in dict.fromkeys(one.state for one in found)
    }
    said = ", ".join(f"{number} {state}" for state, number in counts.items())
    lines = [text, f"{len(found)} trials ({said}) in {seconds:.1f} s: {study.folder}/search.html"]
    if best:
        lines.append(f"the best: netkit train {study.folder}/best.yaml")
    return printable("\n".join(lines), lines=True)

"""Give netkit damaged files and mutated documents: each is taken, or refused in one line.

    python scripts/fuzz.py [--cases 10000] [--formats png arch ...] [--first 0] [--only SEED]

Each format runs in a process of its own. A failure is a traceback, an error of many lines, a crash,
a case over ten seconds, or one that takes over 1 GB more than netkit itself. It is printed with its
format and its seed; --only repeats it, and the exit code is 1.
"""

import argparse
import logging
import multiprocessing
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import file_mutations
import word_mutations

from netkit import limits
from netkit.errors import NetkitError

FORMATS = {**file_mutations.FORMATS, **word_mutations.FORMATS}
SECONDS = 10  # of this process's own time; of the clock, which others slow down, six times that
MEMORY = 1 << 30  # bytes beyond what netkit itself takes
NEED = 1 << 28  # bytes that a net may ask for by right: here less than the 16 GiB of netkit


def failure(read: Callable[..., Any], rng: random.Random, folder: Path) -> str:
    """Return what is wrong with how a mutated document is read; "" if nothing is."""

    def late(*_: Any) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, late)
    signal.signal(signal.SIGPROF, late)
    signal.alarm(6 * SECONDS)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        read(rng, folder)
    except NetkitError as error:
        if "\n" in str(error) or len(str(error)) > 2000:
            return f"an error of many lines: {str(error)[:300]!r}"
    except TimeoutError:
        return f"over {SECONDS} s: {traceback.format_exc()[-600:]}"
    except Exception:
        return traceback.format_exc()[-900:]
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.alarm(0)
    return ""


def case(name: str, seed: int) -> str:
    """Return what is wrong with a case, by its format and its number; "" if nothing is."""
    with tempfile.TemporaryDirectory() as folder:
        return failure(FORMATS[name], random.Random(f"{name} {seed}"), Path(folder))


def work(name: str, seeds: range, at: Any, found: Any, most: Any) -> None:
    """Run cases within the limit of memory; at, found, most: what the parent is told of them."""
    limits.MOST_BYTES = NEED
    logging.disable()  # of warnings nobody asks here
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    if pages:
        room = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (room, room))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for seed in seeds:
        at.value = seed
        if said := case(name, seed):
            found.value += 1
            print(f"--- {name}, --only {seed}\n{said}", flush=True)
    most.value = max(most.value, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)


def fuzz(name: str, seeds: range) -> tuple[int, int]:
    """Run cases of a format, each whatever became of the others.

    Returns the number of failures, and by how many KB the process has grown at most.
    """
    at, found, most = (multiprocessing.Value("q", 0) for _ in range(3))
    while seeds:
        process = multiprocessing.Process(target=work, args=(name, seeds, at, found, most))
        process.start()
        seen, since = at.value, time.monotonic()
        while process.is_alive():
            process.join(1)
            if at.value != seen:
                seen, since = at.value, time.monotonic()
            if time.monotonic() - since > 12 * SECONDS:  # no signal reaches Python: C hangs
                process.kill()
                process.join()
        if process.exitcode == 0:
            break
        found.value += 1
        print(f"--- {name}, --only {at.value}\nended with {process.exitcode}: a crash or a hang")
        seeds = range(at.value + 1, seeds.stop)
    return found.value, most.value


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--formats", nargs="*", default=list(FORMATS), choices=list(FORMATS))
    parser.add_argument("--only", type=int, help="one case alone")
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.cases)
    seeds = seeds if given.only is None else range(given.only, given.only + 1)
    failed = 0
    for name in given.formats:
        began = time.perf_counter()
        wrong, grown = fuzz(name, seeds)
        seconds = time.perf_counter() - began
        said = f"{len(seeds)} cases, {wrong} failures, {seconds:.0f} s, {grown / 1024:.0f} MB more"
        print(f"{name}: {said}", flush=True)
        failed += wrong
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()

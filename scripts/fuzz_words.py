"""Mutate documents of words and read them: each must be taken, or refused in one line.

    python scripts/fuzz_words.py [--cases 10000] [--seed 0] [--format arch ...] [--only SEED]

Every failure is printed with its format and its seed; --only repeats one of them.
"""

import argparse
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from word_mutations import FORMATS

from netkit.errors import NetkitError

SECONDS = 10  # of this process's own time; of the clock, which others slow down, six times that


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", nargs="*", default=list(FORMATS), choices=list(FORMATS))
    parser.add_argument("--only", type=int)
    given = parser.parse_args()
    seeds = range(given.seed, given.seed + given.cases)
    failed = 0
    for name in given.format:
        begin, wrong = time.perf_counter(), 0
        for seed in seeds if given.only is None else [given.only]:
            with tempfile.TemporaryDirectory() as folder:
                said = failure(FORMATS[name], random.Random(seed), Path(folder))
            if said:
                wrong += 1
                print(f"--- {name}, --only {seed}\n{said}")
        seconds = time.perf_counter() - begin
        print(f"{name}: {len(seeds)} cases, {wrong} failures, {seconds:.0f} s")
        failed += wrong
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()

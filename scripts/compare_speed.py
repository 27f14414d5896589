"""Time two checkouts of netkit on the same work, in turns: are they equally fast?

    python scripts/compare_speed.py OTHER_PYTHON [--rounds 5] [--seconds 0.5] [--threads N]

OTHER_PYTHON is the python of an environment in which the other checkout is installed; this one is
timed by the python that runs the script. Both train LeNet-5 and conv64 as `netkit bench` does, each
in a process of its own. Only one works at a time, for `seconds`, then the other, in another order
each round; so what else the machine does meets both alike. Printed are medians, and the medians of
the ratios of neighbouring runs.
"""

import argparse
import json
import random
import statistics
import subprocess
import sys
from typing import Any

NETWORKS = "lenet5", "conv64"
BATCHES = 1, 16, 64, 256
# A process reads lines of [NETWORK, BATCH, SECONDS, THREADS], works, and answers with a rate. It
# uses only what both checkouts have: netkit.bench.
WORKER = """
import json, sys
from netkit.bench import measure
from netkit.bench.work import Netkit

sides = {}
for line in sys.stdin:
    network, batch, seconds, threads = json.loads(line)
    if network not in sides:
        sides[network] = Netkit(network, "auto", threads)
    side, data = sides[network], measure.batch_of(batch)
    with side.ops.limits():
        side.step(*data)
        print(measure.rate(lambda: side.step(*data), batch, seconds), flush=True)
"""


class Process:
    """One checkout at work, in a process of its own."""

    def __init__(self, python: str) -> None:
        # -I: else the folder that this is run in comes first, and both time its checkout.
        self.process = subprocess.Popen(
            [python, "-I", "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def rate(self, *work: Any) -> float:
        """Return the samples a second of some work."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(work) + "\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())


def main() -> None:
    """Measure, and print a line for each work."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("other", help="python of the other checkout's environment")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    parser.add_argument("--threads", type=int, help="one per core if not given")
    options = parser.parse_args()
    sides = {"this": Process(sys.executable), "other": Process(options.other)}
    for network in NETWORKS:
        for batch in BATCHES:
            rates: dict[str, list[float]] = {"this": [], "other": []}
            for k in range(options.rounds + 1):
                for name in random.sample(list(sides), 2):
                    value = sides[name].rate(network, batch, options.seconds, options.threads)
                    if k:  # the first round warms up
                        rates[name].append(value)
            this, other = (statistics.median(rates[name]) for name in ("this", "other"))
            ratios = sorted(a / b for a, b in zip(rates["this"], rates["other"], strict=True))
            print(
                f"{network} train {batch:3}: {this:8,.0f} samples/s, other {other:8,.0f}, "
                f"ratio {statistics.median(ratios):.3f} ({ratios[0]:.2f}..{ratios[-1]:.2f})",
                flush=True,
            )


if __name__ == "__main__":
    main()

"""What it costs that weights are on the disk before a run goes on: python benchmarks/saving.py

Files of several sizes are written as a run writes them, in turns with and without waiting for the
disk (`netkit.files.lasting`), in a new folder under the present one; medians of wall-clock time.
"""

import os
import statistics
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from netkit.files import lasting, write_beside

SIZES = {"LeNet-5, 0.2 MB": 200_000, "0.8 MB": 800_000, "8 MB": 8_000_000}
ROUNDS = 25


def main() -> None:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        for name, size in SIZES.items():
            data, seconds = os.urandom(size), {True: [], False: []}
            for _ in range(ROUNDS):
                for waits, spent in seconds.items():
                    began = time.perf_counter()
                    with lasting() if waits else nullcontext():
                        write_beside(Path(folder) / "best.safetensors", data)
                        write_beside(Path(folder) / "last.safetensors", data)
                    spent.append(time.perf_counter() - began)
            plain, waited = (1e3 * statistics.median(seconds[waits]) for waits in (False, True))
            print(f"{name:16} two files: {plain:6.1f} ms, on the disk after {waited:6.1f} ms")


if __name__ == "__main__":
    main()

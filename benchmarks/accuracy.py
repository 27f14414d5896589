"""Test accuracy over several seeds.

    python benchmarks/accuracy.py [NAME=VALUE ...]
    python benchmarks/accuracy.py --seeds 1 train_size=null val_size=null iterations=10  # all MNIST

Trains as `netkit train` does with the same words, once for each of five seeds, and prints each
test_correct and the mean.
"""

import argparse
import statistics
import tempfile

from netkit.commands.train import train
from netkit.config.compose import compose


def main() -> None:
    """Train with each seed, and print what came of it."""
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seeds", type=int, default=5)
    options.add_argument("words", nargs="*", help="overrides, as for netkit train")
    o = options.parse_args()
    results = []
    for seed in range(o.seeds):
        cfg = compose("train", [*o.words, f"seed={seed}"]) | {"show": {}}
        with tempfile.TemporaryDirectory() as folder:
            results.append(train(cfg, folder)["test_correct"])
        print(f"seed {seed}: test_correct={results[-1]:.2f}%", flush=True)
    spread = statistics.stdev(results) if len(results) > 1 else 0.0
    print(
        f"mean of {len(results)}: {statistics.mean(results):.2f}%, standard deviation {spread:.2f}"
    )


if __name__ == "__main__":
    main()

"""A net in eight bits beside the same net in floats: python benchmarks/int8.py RUN [--batch 64]

RUN is a run's folder; what `netkit quantize RUN` wrote into it, int8.safetensors, is timed in turns
with its float weights, on one thread: a batch of random images to outputs. The integers of every
way to multiply that this machine has must first be those of numpy. Medians of images a
second, and how many times as quick eight bits are. --output FILE writes all single rates as JSON.
"""

import argparse
import json
from pathlib import Path

import numpy as np

import netkit
from netkit.bench.measure import alternate
from netkit.errors import NetkitError
from netkit.passes import Shards
from netkit.quantization.native import MODES, Native
from netkit.quantization.program import as_pixels


def ways() -> dict[str, Native]:
    """Return the ways to multiply that this machine has, by name."""
    found = {}
    for mode in MODES:
        try:
            found[mode] = Native(mode)
        except NetkitError:  # an instruction that it has not
            continue
    return found


def main() -> None:
    """Check, time and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    floats = netkit.load(given.run, backend="native", threads=1)
    if floats.net.rounding is not None:  # it was trained with quantize=true
        floats.net.rounding.on = False
    whole = netkit.load(given.run / "int8.safetensors", backend="native", threads=1)
    shape = (given.batch, *floats.shape)
    images = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    program, pixels = whole.net.program, as_pixels(images)
    right = program.run(pixels[:2])
    best = Native().mode
    for name, native in ways().items():
        if not np.array_equal(program.run(pixels[:2], None, native.steps()), right):
            raise SystemExit(f"{name}: other integers than numpy's")
    print(f"the same integers by numpy and {', '.join(ways())}")
    float_pass, whole_pass = Shards(floats.net), Shards(whole.net)
    works = {
        "float32": lambda: float_pass.outputs(images),
        "eight bits": lambda: whole_pass.outputs(images),
    }
    rates = alternate(works, given.batch, rounds=given.rounds, seconds=0.2)
    for name, each in rates.items():
        print(f"{name:10}  {np.median(each):10,.0f} images a second, batches of {given.batch}")
    ratios = [b / a for a, b in zip(rates["float32"], rates["eight bits"], strict=True)]
    way = next(name for name, number in MODES.items() if number == best)
    print(
        f"eight bits ({way}): {np.median(ratios):.2f} times as quick "
        f"({min(ratios):.2f} to {max(ratios):.2f})"
    )
    if given.output:
        given.output.write_text(json.dumps(rates, indent=1))


if __name__ == "__main__":
    main()

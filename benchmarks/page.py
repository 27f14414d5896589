"""Pages of nets in floats and in eight bits: python benchmarks/page.py [--seconds 3]

A few nets are trained for a moment on MNIST's digits, and written as pages in both kinds: the bytes
of the pages and of the numbers in them, and the least time of a run of their WebAssembly by
wasmtime, one image, both in turns. Before that the outputs are compared with netkit's: of eight
bits what the last convolution gives must be the same to the bit. All is kept in
benchmarks/results/page.json, and the table of docs/deploy.md is made from it.
"""

import argparse
import json
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from common import least, write_between

import netkit
from netkit.commands.convert import convert
from netkit.commands.quantize import quantize
from netkit.config.compose import compose
from netkit.export.plan import plan_of
from netkit.export.reference import run
from netkit.quantization.program import as_pixels
from netkit.quantization.saved import restored
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))
from wasm_machine import Block, Machine, WholeMachine  # noqa: E402

KEPT = HERE / "results" / "page.json"
PAGE = HERE.parent / "docs" / "deploy.md"
ARCHS = "lenet5", "lenet5_modern", "mlp", "resnet8", "mobile"
WORDS = "train_size=1500", "val_size=200", "iterations=1"


def main() -> None:
    """Measure, keep the results and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3.0, help="of each net")
    options = parser.parse_args()
    kept = {}
    for arch in ARCHS:
        with tempfile.TemporaryDirectory() as folder:
            kept[arch] = measured(arch, Path(folder), options.seconds)
        print(arch, kept[arch], flush=True)
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    write_table(kept)


def measured(arch: str, folder: Path, seconds: float) -> dict[str, Any]:
    """Return the sizes and times of an arch, {what: {"float32" or "int8": number}}."""
    netkit.train(f"arch={arch}", *WORDS, folder=folder / "run")
    floats, whole = folder / "run", folder / "int8.safetensors"
    quantize(str(floats), str(whole), compose("quantize", []))
    sides = {"float32": floats, "int8": whole}
    sizes = {}
    for kind, path in sides.items():
        convert(str(path), str(folder / f"{kind}.html"), {})
        sizes[kind] = (folder / f"{kind}.html").stat().st_size
    registry = Registry()
    checkpoint, kept = Checkpoint.load(floats, registry), Checkpoint.load(whole, registry)
    plan = plan_of(registry, checkpoint, fold=False)
    program = restored(kept.tensors, kept.meta["int8"], str(whole))
    image = np.random.default_rng(0).integers(0, 256, plan.shapes[plan.input]).astype(np.float32)
    blocks: dict[str, Block] = {
        "float32": Machine(plan),
        "int8": WholeMachine(program, plan.shapes[plan.input]),
    }
    made = {kind: block(image) for kind, block in blocks.items()}
    apart = float(np.abs(made["float32"][plan.output] - run(plan, image[None])[0]).max())
    if apart > 1e-4:
        raise SystemExit(f"{arch}: outputs in floats are {apart:g} apart")
    last = program.steps[-1].output
    right: list[Any] = []
    program.run(as_pixels(image[None]), lambda step, y: right.append(y))
    if not np.array_equal(made["int8"][last], right[-1][0].transpose(2, 0, 1)):
        raise SystemExit(f"{arch}: other numbers than numpy's")
    calls = {kind: partial(each.function, each.store, each.base) for kind, each in blocks.items()}
    numbers = {"float32": 4 * sum(a.size for a in checkpoint.named({}).values())}
    return {
        "page_bytes": sizes,
        "numbers_bytes": numbers | {"int8": program.bytes()},
        "microseconds": least(calls, seconds),
    }


def write_table(kept: dict[str, dict[str, Any]]) -> None:
    """Write the rows between the marks of docs/deploy.md."""
    lines = [
        "| net | page | in eight bits | numbers in it | in eight bits | a run | in eight bits |",
        "| --- | --: | --: | --: | --: | --: | --: |",
    ]
    for arch, each in kept.items():
        cells = [f"{each['page_bytes'][kind] / 1000:.0f} KB" for kind in ("float32", "int8")]
        cells += [f"{each['numbers_bytes'][kind] / 1000:.0f} KB" for kind in ("float32", "int8")]
        cells += [f"{each['microseconds'][kind]:.0f} µs" for kind in ("float32", "int8")]
        lines.append(f"| {arch} | {' | '.join(cells)} |")
    write_between(PAGE, "pages", lines)


if __name__ == "__main__":
    main()

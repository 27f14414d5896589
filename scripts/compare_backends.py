"""Compare the compiled kernels with numpy over random nets: python scripts/compare_backends.py

Each case is a net of random layers, strides, pads, tables and sizes down to 1, with a batch,
threads and an instruction set; its number gives all of it. Outputs, running statistics and
gradients must agree as well as rounding allows. How well that is, the net says itself in numpy: it
is run again with weights, images, what each layer gives and the gradient that it is given moved by
about float32's rounding, and the kernels may be off by no more than a multiple of what that
changes. So a relu at zero, a tie of a maximum, a saturated tanh and sums that cancel, where
roundings grow, are no faults, and anything else is. A case that fails is shrunk to the smallest
net that still fails, and printed.
"""

import argparse
import json
import sys
import time

import numpy as np
from random_nets import Case, draw, shape_after, simpler

from netkit.backends.base import Backend
from netkit.backends.native.native import NativeBackend
from netkit.backends.numpy import NumpyBackend
from netkit.energy import Energy
from netkit.errors import NetkitError
from netkit.layer import Layer
from netkit.net import Net, named_layers
from netkit.passes import Shards
from netkit.registry import Registry
from netkit.types import Array, Backward

TARGETS = "avx512", "avx2", "baseline"
SHAKE = 3e-7  # relative: a few roundings of float32
SHAKES = 6  # times that a case is moved by it
TIMES = 40  # how much more than those a kernel without fault may be off
FLOOR = 2e-5  # of the largest number: the roundings of sums
BEYOND = 1e30  # numbers that float32 cannot square

Results = dict[str, Array]


def main() -> bool:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--target", choices=TARGETS, help="one instruction set instead of all")
    options = parser.parse_args()
    registry = Registry()
    try:
        targets = [options.target] if options.target else available()
    except NetkitError as error:
        sys.exit(str(error))
    began, failed = time.perf_counter(), 0
    for number in range(options.first, options.first + options.cases):
        said = compared(registry, number, targets)
        if said:
            failed += 1
            print(said, flush=True)
    seconds = time.perf_counter() - began
    print(
        f"{options.cases} cases from {options.first}: {failed} failed ({seconds:.0f} s, {targets})"
    )
    return failed > 0


def available() -> list[str]:
    """Return the instruction sets that this machine has; NetkitError if there are no kernels."""
    NativeBackend(1)
    return [target for target in TARGETS if has(target)]


def has(target: str) -> bool:
    try:
        NativeBackend(1, target)
    except NetkitError:
        return False
    return True


def compared(registry: Registry, number: int, targets: list[str]) -> str | None:
    """Return what is wrong with a case, and the smallest one in which it is; None if nothing is."""
    case = draw(registry, number, targets)
    if not fault(registry, case):
        return None
    small = shrunk(registry, case)
    return f"case {number}: {fault(registry, small)}\n  {json.dumps(small)}"


def fault(registry: Registry, case: Case) -> str | None:
    """Return what differs between the kernels and float64, in words; None if nothing does."""
    threads, target = case["threads"], case["target"]
    exact = results(registry, case, NumpyBackend(threads), dtype="float64")
    if any(not np.abs(a).max(initial=0) < BEYOND for a in exact.values()):
        return None
    ours = results(registry, case, NativeBackend(threads, target), dtype=case["dtype"])
    scales = sizes(exact)
    wrong = {n: distance(ours[n], exact[n], scales[n]) for n in exact}
    if max(wrong.values()) <= FLOOR:
        return None
    near = [results(registry, case, NumpyBackend(threads), dtype="float32")]
    for k in range(SHAKES):
        for dtype in ("float64", "float32"):
            near.append(results(registry, case, NumpyBackend(threads), dtype=dtype, shake=k))
    for name, off in wrong.items():
        natural = max(distance(other[name], exact[name], scales[name]) for other in near)
        if not off <= FLOOR + TIMES * natural:  # "not": NaN is a fault too
            return f"{name} is off by {off:.1e}, where rounding gives {natural:.1e}"
    return None


def sizes(exact: Results) -> dict[str, float]:
    """Return how large the numbers of each result are, to which a difference is relative.

    A gradient counts as at least a hundredth of the largest: a bias before a batchnorm, say, has
    one that is a sum of large numbers which cancel, and only as exact as they are.
    """
    gradients = [np.abs(a).max(initial=0) for name, a in exact.items() if name != "outputs"]
    least = max([1e-12, *(0.01 * g for g in gradients)])
    return {
        n: max(np.abs(a).max(initial=0), least if n != "outputs" else 1e-4)
        for n, a in exact.items()
    }


def distance(a: Array, b: Array, scale: float) -> float:
    return float(np.abs(a - b).max(initial=0)) / scale


class Fixed(Energy):
    """An energy whose gradient at the outputs is fixed random numbers; outputs of any size."""

    def forward(self, y: Array, labels: Array) -> tuple[Array, Backward]:
        weights = np.random.default_rng(7).normal(size=y.shape[:3])[..., None].astype(y.dtype)
        return (weights * y).sum((0, 1, 2)), lambda scale: weights * np.ones_like(y)

    def answer(self, y: Array) -> tuple[Array, Array]:
        return y.argmax(0)[:1, :1], y.max(0)[:1, :1]


def results(
    registry: Registry, case: Case, ops: Backend, *, dtype: str, shake: int | None = None
) -> Results:
    """Return a case's outputs, or in training its energies, statistics and gradients, by name."""
    layers = registry.layers(case["layers"], 10)
    net = Net(layers, tuple(case["shape"]), ops, dtype=dtype, seed=case["seed"] % 1000)
    rng = np.random.default_rng([case["seed"], 1])
    net.values += rng.normal(0, 0.05, net.values.size).astype(np.float32)  # biases too
    images = pictures(case, rng)
    if case["images"] in ("uint8", "int16"):
        net.coeff, net.bias = 0.01, -100.0
    net.freeze([name for name in case["frozen"] if name in net.layers])
    if shake is not None:
        noise = np.random.default_rng([case["seed"], 2, shake])
        net.values *= shaken(net.values.shape, noise)
        images = images * shaken(images.shape, noise)
        for _, each in named_layers(net.layers):
            each.forward = shaken_forward(each, noise)
    passes, energy = Shards(net), Fixed()
    passes.min_images = 1  # as many threads as there are images for
    energy.ops = ops
    with ops.limits(), np.errstate(all="ignore"):
        if not case["training"]:
            return {"outputs": passes.outputs(images)}
        labels = np.zeros(case["n"], np.int64)
        found = {"outputs": np.array(passes.gradient(images, labels, energy, (1, 2))[0])}
    for name, (kind, place, _) in net.places.items():
        found[name] = np.array((net.grads if kind == "weights" else net.state)[place])
    return found


def pictures(case: Case, rng: np.random.Generator) -> Array:
    """Return a batch of images of the case's type and sizes."""
    channels, height, width = case["shape"]
    shape = case["n"], channels, height + case["larger"][0], width + case["larger"][1]
    numbers = case["range"] * rng.normal(size=shape)
    if case["images"] == "bool":
        return numbers > 0
    if case["images"] in ("uint8", "int16"):
        return rng.integers(0, 256, shape).astype(case["images"])
    return numbers.astype(np.float32).astype(case["images"])


def shaken(shape: tuple[int, ...], noise: np.random.Generator) -> Array:
    """Return factors near 1 that move numbers by about a rounding of float32."""
    return 1 + SHAKE * noise.normal(size=shape)


def shaken_forward(layer: Layer, noise: np.random.Generator):
    """Return a layer's forward with what it gives moved, and the gradient that it is given."""

    def forward(x: Array, ctx):
        y, back = type(layer).forward(layer, x, ctx)
        factors = shaken(y.shape, noise).astype(y.dtype)
        slopes = shaken(y.shape, noise).astype(y.dtype)
        if type(layer).__name__ in ("Tanh", "Sigmoid"):  # their backward reads the slope from y,
            y += factors - 1  # and both are made of numbers near 1
        else:
            y = y * factors
        return y, lambda dy: back(dy * slopes)

    return forward


def shrunk(registry: Registry, case: Case) -> Case:
    """Return the smallest case that still fails, found by taking away bit by bit."""
    for smaller in simpler(case):
        if shape_after(registry, smaller) and fault(registry, smaller):
            return shrunk(registry, smaller)
    return case


if __name__ == "__main__":
    sys.exit(main())

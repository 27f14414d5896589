"""Random nets, the compiled kernels beside numpy in float64: python scripts/compare_backends.py

Each number of --seed and above is a case: a net of random layers, strides, pads, tables and sizes
down to 1, with a batch, threads and an instruction set. Outputs and gradients must agree as well as
rounding allows: the float64 net is run again with weights, images and what every layer gives moved
by about float32's rounding, and the kernels may be off by no more than a multiple of what that
changes. So a relu at zero, a tie of a maximum or a saturated tanh, where roundings grow, is no fault,
and anything else is. A case that fails is shrunk to the smallest net that still fails, and printed.
"""

import argparse
import json
import sys
import time

import numpy as np

from netkit.backends.native.native import NativeBackend
from netkit.backends.numpy import NumpyBackend
from netkit.errors import NetkitError
from netkit.net import Net, every
from netkit.passes import Shards
from netkit.plugins.energies import Energy
from netkit.registry import Registry

TARGETS = "avx512", "avx2", "baseline"
RANDOM = {"dropout", "jitter"}  # their numbers depend on how a batch is divided
SHAKE = 3e-7  # relative: a few roundings of float32
TIMES = 40  # as much as a fault-free kernel may differ beyond what shaking changes
OUTPUTS = "outputs", "energies"
FLOOR = 2e-5  # of the largest number: the roundings of sums


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0, help="the first case's number")
    parser.add_argument("--target", choices=TARGETS, help="one instruction set; all in turn if not given")
    options = parser.parse_args()
    registry, failed, began = Registry(), 0, time.perf_counter()
    targets = [options.target] if options.target else available()
    for number in range(options.seed, options.seed + options.cases):
        case = draw(registry, number, targets)
        said = check(registry, case)
        if said:
            failed += 1
            small = shrunk(registry, case)
            print(f"case {number}: {check(registry, small) or said}\n  {json.dumps(small)}", flush=True)
    seconds = time.perf_counter() - began
    print(f"{options.cases} cases from {options.seed}: {failed} failed, {seconds:.0f} s, on {', '.join(targets)}")
    return failed > 0


def available():
    """Return the instruction sets that this machine has."""
    found = []
    for target in TARGETS:
        try:
            NativeBackend(1, target)
        except NetkitError:
            continue
        found.append(target)
    if not found:
        sys.exit("the kernels were not compiled here: install a C compiler and netkit again")
    return found


# ---- a random case ----


def draw(registry, number, targets):
    """Return a case: a mapping of plain values that `check` builds nets of."""
    rng = np.random.default_rng([20261124, number])
    small = rng.random() < 0.5
    shape = [int(rng.integers(1, 6 if small else 34)), *map(int, rng.integers(1, 13 if small else 25, 2))]
    case = {
        "shape": shape,
        "n": int(rng.choice([1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 40, 64, 65])),
        "threads": int(rng.integers(1, 3)),
        "target": str(rng.choice(targets)),
        "bytes": bool(rng.random() < 0.4),
        "range": float(np.round(10 ** rng.uniform(-2, 2), 3)),
        "training": bool(rng.random() < 0.8),
        "seed": number,
        "layers": {},
    }
    if case["training"] and rng.random() < 0.5:
        case["layers"]["first"] = {"type": "addc"}  # so that the gradient at the image counts
    for k in range(int(rng.integers(1, 9))):
        spec = layer(rng, shape_after(registry, case))
        tried = case | {"layers": case["layers"] | {f"l{k}": spec}}
        if shape_after(registry, tried):
            case = tried
    if RANDOM & {spec["type"] for spec in flat(case["layers"])}:
        case |= {"threads": 1, "n": min(case["n"], 32)}
    return case


def flat(specs):
    """Yield the YAML of all layers, the inner ones too."""
    for spec in specs.values():
        yield spec
        yield from flat(spec.get("layers", {}))


def layer(rng, shape, inner=False):
    """Return the YAML of one random layer for an input of `shape`."""
    kinds = [*"conv conv conv conv linear tanh tanh sigmoid relu relu abs subs avgpool maxpool wstd".split()]
    kinds += "batchnorm zpad addc diag softplus stdsigmoid wavgpool lppool cnorm narrow dropout".split()
    kinds += [] if inner else ["residual", "branch", "chain", "jitter"]
    kind, high = str(rng.choice(kinds)), [min(7, n + 2) for n in shape[1:]]
    pair = lambda low, tops: [int(rng.integers(low, max(low, top) + 1)) for top in tops]  # noqa: E731
    spec = {"type": kind}
    if kind == "conv":
        spec |= {"out": int(rng.choice([1, 2, 3, 5, 6, 8, 16, 17, 33])), "kernel": pair(1, high)}
        spec |= {"stride": pair(1, [3, 3]), "pad": pair(0, [5, 5] if rng.random() < 0.3 else [1, 1])}
        spec |= {"bias": bool(rng.random() < 0.7)}
        if rng.random() < 0.3:
            spec |= {"table": {"fan_in": int(rng.integers(1, shape[0] + 1)), "seed": int(rng.integers(9))}}
    elif kind == "linear":
        spec |= {"out": int(rng.choice([1, 2, 5, 10, 40, 120])), "bias": bool(rng.random() < 0.8)}
    elif kind in ("subs", "avgpool", "maxpool", "wavgpool", "lppool"):
        spec |= {"kernel": pair(1, [3, 3])} | ({"stride": pair(1, [3, 3])} if rng.random() < 0.5 else {})
        spec |= {"bias": bool(rng.random() < 0.5)} if kind == "subs" else {}
        spec |= {"power": float(rng.choice([2, 3, 4]))} if kind == "lppool" else {}
    elif kind == "relu" and rng.random() < 0.2:
        spec |= {"threshold": 0.1}
    elif kind in ("wstd", "cnorm"):
        spec |= {"kernel": pair(1, [9, 9])}
    elif kind == "zpad":
        spec |= {"pad": pair(0, [3, 3, 3, 3])}
    elif kind == "narrow":
        dim = int(rng.integers(3))
        size = int(rng.integers(1, shape[dim] + 1))
        spec |= {"dim": dim, "size": size, "offset": int(rng.integers(0, shape[dim] - size + 1))}
    elif kind == "dropout":
        spec |= {"rate": 0.3}
    elif kind == "jitter":
        spec |= {"shift": 1.5, "rotate": 10, "scale": 0.1}
    elif kind == "residual":
        spec |= {"layers": {"c": {"type": "conv", "out": shape[0], "kernel": 3, "pad": 1}}}
        spec["layers"] |= {"t": {"type": str(rng.choice(["tanh", "relu", "batchnorm"]))}}
    elif kind == "branch":
        spec |= {"join": str(rng.choice(["concat", "sum"]))}
        spec |= {"layers": {"a": {"type": "conv", "out": shape[0], "kernel": 3, "pad": 1}}}
        spec["layers"] |= {"b": {"type": str(rng.choice(["tanh", "abs", "addc"]))}}
    elif kind == "chain":
        spec |= {"layers": {"a": layer(rng, shape, inner=True)}}
    return spec


def shape_after(registry, case):
    """Return the shape that a case's net ends with; None if it cannot be built or is too large."""
    try:
        net = Net(registry.layers(case["layers"], 10), case["shape"], NumpyBackend(1))
    except NetkitError:
        return None
    sizes = [int(np.prod(shape)) for shape in net.shapes]
    fits = max([*sizes, 0]) * case["n"] < 2_000_000 and net.cost * case["n"] < 200_000_000
    return (net.shapes or [case["shape"]])[-1] if fits else None


# ---- the comparison ----


class Fixed(Energy):
    """An energy whose gradient at the outputs is fixed random numbers; any size of outputs."""

    def forward(self, y, labels):
        weights = np.random.default_rng(7).normal(size=y.shape[:3])[..., None].astype(y.dtype)
        return (weights * y).sum((0, 1, 2)), lambda scale: weights * np.ones_like(y)

    def answer(self, y):
        return y.argmax(0)[:1, :1], y.max(0)[:1, :1]


def results(registry, case, ops, dtype, shake=None):
    """Return {name: array}: a case's outputs, and in training the gradients of its weights."""
    net = Net(registry.layers(case["layers"], 10), case["shape"], ops, dtype, seed=case["seed"] % 1000)
    rng = np.random.default_rng([case["seed"], 1])
    net.values += rng.normal(0, 0.05, net.values.size).astype(np.float32)
    images = case["range"] * rng.normal(size=(case["n"], *case["shape"]))
    images = images.astype(np.float32)
    if case["bytes"]:
        images = rng.integers(0, 256, images.shape, np.uint8)
        net.coeff, net.bias = 0.01, -100.0
    if shake is not None:
        noise = np.random.default_rng([case["seed"], 2, shake])
        net.values *= 1 + SHAKE * noise.normal(size=net.values.size)
        net.coeff *= 1 + SHAKE * noise.normal()
        images = images * (1 + SHAKE * noise.normal(size=images.shape))
        for _, each in every(net.layers):
            each.forward = shaken_forward(each, noise)
    passes, energy = Shards(net), Fixed()
    energy.ops = ops
    passes.least = 1  # a thread for every image, if there are so many
    with ops.limits(), np.errstate(all="ignore"):
        if not case["training"]:
            return {"outputs": passes.outputs(images)}
        energies, _ = passes.gradient(images, np.zeros(case["n"], np.int64), energy, (1, 2))
    found = {"energies": np.array(energies)}
    for name, (kind, place, _) in net.places.items():
        found[name] = np.array((net.grads if kind == "weights" else net.state)[place])
    return found


def shaken_forward(layer, noise):
    """Return a layer's forward with what it gives moved by about a rounding of float32."""

    def forward(x, ctx):
        y, back = type(layer).forward(layer, x, ctx)
        factors = 1 + SHAKE * noise.normal(size=y.shape)
        if type(layer).__name__ in ("Tanh", "Sigmoid"):  # whose slope is read from y
            y *= factors
            return y, back
        return y * factors, back

    return forward


def check(registry, case):
    """Return what differs, in words; None if all is as it should be."""
    threads = case["threads"]
    exact = results(registry, case, NumpyBackend(threads), "float64")
    if not all(np.isfinite(a).all() and np.abs(a).max(initial=0) < 1e30 for a in exact.values()):
        return None  # beyond float32
    ours = results(registry, case, NativeBackend(threads, case["target"]), "float32")
    shaken = None
    gradients = [a for name, a in exact.items() if name not in OUTPUTS]
    largest = max((float(np.abs(a).max(initial=0)) for a in gradients), default=0)
    for name, right in exact.items():
        # A gradient is as exact as the largest of them: some, such as a bias' before batchnorm, are sums that cancel.
        scale = max(float(np.abs(right).max(initial=0)), 1e-12 if name in OUTPUTS else 0.1 * largest, 1e-12)
        off = float(np.abs(ours[name] - right).max(initial=0)) / scale
        if off <= FLOOR:
            continue
        if shaken is None:
            shaken = [results(registry, case, NumpyBackend(threads), "float64", k) for k in range(6)]
            plain = results(registry, case, NumpyBackend(threads), "float32")
        moved = max(float(np.abs(s[name] - right).max(initial=0)) / scale for s in shaken)
        rounded = float(np.abs(plain[name] - right).max(initial=0)) / scale
        if not off <= FLOOR + TIMES * max(moved, rounded):
            return f"{name} is off by {off:.1e}, numpy in float32 by {rounded:.1e}, shaken by {moved:.1e}"
    return None


# ---- the smallest net that still fails ----


def shrunk(registry, case):
    """Return the smallest case found by taking away layers, images and pixels that still fails."""
    while True:
        for smaller in simpler(case):
            if shape_after(registry, smaller) and check(registry, smaller):
                case = smaller
                break
        else:
            return case


def simpler(case):
    """Yield cases that are a little simpler."""
    for name in case["layers"]:
        yield case | {"layers": {k: v for k, v in case["layers"].items() if k != name}}
    for n in (1, case["n"] // 2, case["n"] - 1):
        if 0 < n < case["n"]:
            yield case | {"n": n}
    if case["threads"] > 1:
        yield case | {"threads": 1}
    for axis, size in enumerate(case["shape"]):
        for less in (1, size // 2, size - 1):
            if 0 < less < size:
                yield case | {"shape": [less if k == axis else s for k, s in enumerate(case["shape"])]}
    for name, spec in case["layers"].items():
        for key, plain in (("stride", [1, 1]), ("pad", [0, 0]), ("kernel", [1, 1]), ("table", None), ("out", 1)):
            if key in spec and spec[key] not in (plain, None):
                fewer = {**spec, key: plain} if plain is not None else {k: v for k, v in spec.items() if k != key}
                yield case | {"layers": {**case["layers"], name: fewer}}


if __name__ == "__main__":
    sys.exit(main())

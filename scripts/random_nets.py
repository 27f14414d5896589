"""Random nets, each as plain values that its number alone gives, and smaller ones like them."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from netkit.backends.numpy import NumpyBackend
from netkit.errors import NetkitError
from netkit.net import Net
from netkit.registry import Registry

Case = dict[str, Any]
Spec = dict[str, Any]

OFTEN = (
    "conv",
    "conv",
    "conv",
    "tanh",
    "relu",
    "maxpool",
    "batchnorm",
    "linear",
)  # beside all once
HOLDERS = ("residual", "branch", "chain")
RANDOM = {"mixup"}  # whom it mixes depends on how a batch is divided
TYPES = "float32", "float32", "float32", "uint8", "uint8", "float64", "float16", "int16", "bool"
MOST_NUMBERS, MOST_WORK = 2_000_000, 200_000_000  # of a case, so that it takes milliseconds


class Arguments:
    """Random arguments of each type of layer, for inputs of one shape (C, H, W)."""

    def __init__(self, rng: np.random.Generator, shape: list[int]) -> None:
        self.rng = rng
        self.shape = shape

    def number(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, max(low, high) + 1))

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def pair(self, low: int, high: int) -> list[int]:
        return [self.number(low, high), self.number(low, high)]

    def one_of(self, *values: Any) -> Any:
        return values[self.number(0, len(values) - 1)]

    def window(self) -> Spec:
        """A kernel that fits most inputs, and sometimes a stride."""
        stride = {"stride": self.pair(1, 3)} if self.chance(0.5) else {}
        return {"kernel": self.pair(1, 3)} | stride

    def conv(self) -> Spec:
        sizes = [self.number(1, min(7, n + 2)) for n in self.shape[1:]]
        spec = {"out": self.one_of(1, 2, 3, 5, 6, 8, 16, 17, 33), "kernel": sizes}
        spec |= {"stride": self.pair(1, 3), "bias": self.chance(0.7)}
        spec |= {"pad": self.pair(0, 5 if self.chance(0.3) else 1)}
        if self.chance(0.3):
            spec |= {"table": {"fan_in": self.number(1, self.shape[0]), "seed": self.number(0, 9)}}
        elif self.chance(0.2):  # depthwise
            spec |= {"groups": self.shape[0], "out": self.shape[0] * self.number(1, 3)}
        elif self.chance(0.4):
            groups = self.one_of(*(k for k in range(1, self.shape[0] + 1) if not self.shape[0] % k))
            spec |= {"groups": groups, "out": groups * self.number(1, 3)}
        return spec | ({"dilation": self.pair(1, 3)} if self.chance(0.3) else {})

    def linear(self) -> Spec:
        return {"out": self.one_of(1, 2, 5, 10, 40, 120), "bias": self.chance(0.8)}

    maxpool = avgpool = wavgpool = window

    def subs(self) -> Spec:
        return self.window() | {"bias": self.chance(0.5)}

    def lppool(self) -> Spec:
        return self.window() | {"power": self.one_of(2, 3, 4)}

    def relu(self) -> Spec:
        return {"threshold": self.one_of(0, 0, 0, 0.1)}

    def neighbourhood(self) -> Spec:
        spec = {"kernel": self.pair(1, 9), "mirror": self.one_of(False, False, True, "repeat")}
        spec |= {"across_features": self.chance(0.7), "learn": self.chance(0.2)}
        return spec | {"gaussian_coeff": self.one_of(2, 2, 0, 3.5)}

    def wstd(self) -> Spec:
        if self.chance(0.5):  # the one that has a kernel
            return {"kernel": self.pair(1, 9)}
        floor = {"threshold": self.chance(0.5), "floor": self.one_of(0, 0, 0.8)}
        return self.neighbourhood() | floor | {"epsilon": self.one_of(1e-6, 0.01)}

    def cnorm(self) -> Spec:
        more = {"learn_mean": self.chance(0.2), "global_norm": self.chance(0.2)}
        return self.wstd() | (more if self.chance(0.5) else {})

    snorm = neighbourhood
    dnorm = wstd

    def power(self) -> Spec:
        return {"power": self.one_of(1, 2, 3)}  # others need numbers above 0: see `chain`

    def shrink(self) -> Spec:
        return {"beta": self.one_of(1, 10.0), "bias": self.one_of(0.1, 0.3, 2.0)}

    def linear_shrink(self) -> Spec:
        return {"bias": self.one_of(0.3, 1.0)}  # below 0 it jumps where its input is 0

    def tshrink(self) -> Spec:
        return {"coefficients": self.chance(0.5)}

    def l1penalty(self) -> Spec:
        return {"coeff": self.one_of(0.1, 1.0), "threshold": self.one_of(0, 0.2)}

    def stdsigmoid(self) -> Spec:
        return {"linear": self.one_of(0, 0, 0.1)}

    def zpad(self) -> Spec:
        return {"pad": [*self.pair(0, 3), *self.pair(0, 3)]}

    def mpad(self) -> Spec:
        return {"pad": [self.number(0, max(0, min(2, self.shape[k] - 1))) for k in (1, 2, 1, 2)]}

    def resize(self) -> Spec:
        mode = {"mode": self.one_of("nearest", "bilinear", "mean")}
        if self.chance(0.5):
            return mode | {"size": self.pair(1, 12)}
        return mode | {"ratio": [self.one_of(0.5, 0.7, 1, 1.4, 2) for _ in range(2)]}

    def colour(self) -> Spec:
        to = self.one_of("rgb", "y", "yuv", "yp", "ypuv", "ypuvp", "ynuv", "yuvn")
        return {"to": to, "kernel": self.pair(1, 5), "white": self.one_of(255.0, 2.5)}

    def narrow(self) -> Spec:
        dim = self.number(0, 2)
        size = self.number(1, self.shape[dim])
        return {"dim": dim, "size": size, "offset": self.number(0, self.shape[dim] - size)}

    def dropout(self) -> Spec:
        return {"rate": 0.3}

    def jitter(self) -> Spec:
        elastic = {"elastic": 0.5, "smooth": 1} if self.chance(0.3) else {}
        return {"shift": 1.5, "rotate": 10, "scale": 0.1, "shear": self.one_of(0, 0.1)} | elastic

    def flip(self) -> Spec:
        return {"axis": self.one_of("horizontal", "vertical"), "share": self.one_of(0.5, 1.0)}

    def shift(self) -> Spec:
        return {"by": self.pair(0, 4), "fill": self.one_of("zeros", "reflect")}

    def cutout(self) -> Spec:
        return {"size": self.pair(1, 8), "share": self.one_of(0.5, 1.0)}

    def colour_jitter(self) -> Spec:
        parts = {"brightness": 0.4, "contrast": 0.5, "saturation": 0.9, "hue": 0.3}
        black = {"black": -3.0, "white": 3.0} if self.chance(0.5) else {}
        return {k: v for k, v in parts.items() if self.chance(0.5)} | black

    def noise(self) -> Spec:
        return {"std": 0.1} | ({"black": -1.0, "white": 1.0} if self.chance(0.5) else {})

    def gaussian_blur(self) -> Spec:
        return {"sigma": self.one_of(0.3, 1.2, 5)}

    def mixup(self) -> Spec:
        return {"alpha": self.one_of(0.2, 0.4, 5)}

    def same_size(self) -> Spec:
        return {"type": "conv", "out": self.shape[0], "kernel": 3, "pad": 1}

    def residual(self) -> Spec:
        ways = {"layers": {"c": self.same_size(), "t": self.layer(("tanh", "relu", "batchnorm"))}}
        if self.chance(0.3):
            ways |= {"shortcut": {"s": self.same_size(), "n": self.layer(("abs", "batchnorm"))}}
        return ways

    def branch(self) -> Spec:
        paths = {"a": self.same_size(), "b": self.layer(("tanh", "abs", "addc"))}
        if self.chance(0.3):
            fine = {"type": "chain", "layers": {}}
            subs = {"s": {"type": "subs", "kernel": 2}, "t": {"type": "tanh"}}
            return {"join": "flat", "layers": {"f": fine, "s": {"type": "chain", "layers": subs}}}
        return {"join": self.one_of("concat", "sum"), "layers": paths}

    def chain(self) -> Spec:
        if self.chance(0.2):  # of numbers above 0, as roots need them
            last = self.one_of({"type": "power", "power": 0.5}, {"type": "sqrt"})
            return {"layers": {"a": {"type": "softplus"}, "b": last}}
        return {"layers": {"a": self.layer(PLAIN)}}

    tanh = sigmoid = abs = batchnorm = addc = diag = softplus = globalnorm = dict
    softmax = logsoftmax = square = globalavgpool = dict

    def layer(self, kinds: tuple[str, ...]) -> Spec:
        """Return the YAML of a layer of one of some types."""
        kind = self.one_of(*kinds)
        return {"type": kind} | getattr(self, kind)()


PLAIN = (
    *("conv", "linear", "maxpool", "avgpool", "wavgpool", "subs", "lppool", "relu", "wstd"),
    *("cnorm", "zpad", "narrow", "dropout", "jitter", "tanh", "sigmoid", "abs", "batchnorm"),
    *("addc", "diag", "softplus", "stdsigmoid", "globalnorm", "softmax", "logsoftmax", "square"),
    *("globalavgpool", "snorm", "dnorm", "power", "shrink", "linear_shrink", "tshrink", "mpad"),
    *("l1penalty", "resize", "colour", "flip", "shift", "cutout", "colour_jitter", "noise"),
    *("gaussian_blur", "mixup"),
)


def draw(registry: Registry, number: int, targets: list[str]) -> Case:
    """Return case `number`: sizes, threads, instruction set, and up to nine layers that fit."""
    rng = np.random.default_rng([20261124, number])
    maps, side = (5, 12) if rng.random() < 0.5 else (33, 24)
    case: Case = {
        "seed": number,
        "shape": [int(rng.integers(1, most + 1)) for most in (maps, side, side)],
        "n": int(rng.choice([1, 2, 3, 7, 15, 16, 17, 31, 32, 33, 40, 64, 65])),
        "threads": int(rng.integers(1, 3)),
        "target": str(rng.choice(targets)),
        "training": bool(rng.random() < 0.8),
        "images": str(rng.choice(TYPES)),
        "dtype": "float64" if rng.random() < 0.05 else "float32",
        "larger": [0, 0],  # by how much images are than those that the net was built for
        "range": float(np.round(10 ** rng.uniform(-2, 2), 3)),
        "layers": {},
    }
    if rng.random() < 0.2:
        case["shape"][0] = 3  # colours
    if not case["training"] and rng.random() < 0.5:
        case["larger"] = [int(n) for n in rng.integers(0, 5, 2)]
    if rng.random() < 0.5:
        case["layers"]["first"] = {"type": "addc"}  # so that the gradient at the image counts
    for k in range(int(rng.integers(1, 9))):
        arguments = Arguments(rng, shape_after(registry, case) or [1, 1, 1])
        spec = arguments.layer((*OFTEN, *PLAIN, *HOLDERS))
        longer = case | {"layers": case["layers"] | {f"l{k}": spec}}
        case = longer if shape_after(registry, longer) else case
    case["layers"] = case["layers"] or {"first": {"type": "addc"}}
    case["frozen"] = [name for name in case["layers"] if rng.random() < 0.3]
    if rng.random() < 0.8:
        case["frozen"] = []
    if RANDOM & {spec["type"] for spec in flat(case["layers"])}:
        case |= {"threads": 1, "n": min(case["n"], 32)}
    return case


def flat(specs: dict[str, Spec]) -> Iterator[Spec]:
    """Yield the YAML of all layers, the inner ones too."""
    for spec in specs.values():
        yield spec
        yield from flat(spec.get("layers", {}))
        yield from flat(spec.get("shortcut", {}))


def shape_after(registry: Registry, case: Case) -> list[int] | None:
    """Return the shape that a case's net ends with; None if it cannot be built or is too large."""
    if not case["layers"]:
        return list(case["shape"])
    try:
        net = Net(registry.layers(case["layers"], 10), tuple(case["shape"]), NumpyBackend(1))
    except NetkitError:
        return None
    numbers = max((int(np.prod(shape)) for shape in net.shapes), default=0)
    sides = zip(case["larger"], case["shape"][1:], strict=True)
    height, width = (1 + more / side for more, side in sides)
    times = case["n"] * height * width
    small = numbers * times < MOST_NUMBERS and net.cost * times < MOST_WORK
    return list(net.shapes[-1]) if small else None


def simpler(case: Case) -> Iterator[Case]:
    """Yield cases that are a little simpler: a layer, half the images or a thread less."""
    layers = case["layers"]
    for name in layers if len(layers) > 1 else ():
        yield case | {"layers": {other: spec for other, spec in layers.items() if other != name}}
    for n in sorted({1, case["n"] // 2, case["n"] - 1} - {0, case["n"]}):
        yield case | {"n": n}
    plain = {"threads": 1, "larger": [0, 0], "images": "float32", "frozen": [], "range": 1.0}
    for key, value in plain.items():
        if case[key] != value:
            yield case | {key: value}
    for axis, size in enumerate(case["shape"]):
        for less in sorted({1, size // 2, size - 1} - {0, size}):
            shape = [*case["shape"][:axis], less, *case["shape"][axis + 1 :]]
            yield case | {"shape": shape}
    plain = {"stride": [1, 1], "pad": [0, 0], "kernel": [1, 1], "table": None, "out": 1}
    plain |= {"groups": 1, "dilation": [1, 1]}
    for name, spec in layers.items():
        for key in spec.keys() & plain.keys():
            if spec[key] != plain[key]:
                yield case | {"layers": {**layers, name: {**spec, key: plain[key]}}}

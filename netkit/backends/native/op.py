"""OP: what the kernels are told of one layer; the struct `op` of native.c, field by field."""

from typing import Any, TypeGuard

import numpy as np

from netkit.types import Shape

NUMBERS = (
    *("kind", "act", "wants_dx", "fresh"),
    *("C", "H", "W", "N"),
    *("O", "oh", "ow"),
    *("kh", "kw", "sh", "sw", "ph", "pw"),
    *("eh", "ew", "groups"),
    *("pairs", "training", "start", "first"),
)
REALS = "a", "m"
POINTERS = (
    *("x", "y", "w", "b", "dx", "dy", "dw", "db", "t1", "t2", "t3", "t4"),
    *("mean", "variance", "plus", "dplus", "norm", "all", "kept", "table"),
)
FIELDS = (NUMBERS, "i8"), (REALS, "f8"), (POINTERS, "u8")
OP = np.dtype([(name, kind) for names, kind in FIELDS for name in names])
KINDS = {
    **{"pad": 1, "conv": 2, "linear": 3, "pointwise": 4, "sumpool": 5, "maxpool": 6, "wstd": 7},
    **{"depthwise": 8, "batchnorm": 9, "add": 10, "fork": 11, "dropout": 12, "jitter": 13},
}
ACTS = {"tanh": 1, "relu": 2, "sigmoid": 3, "abs": 4}
SAME_SIZE = "wstd", "batchnorm", "add", "fork", "dropout", "jitter"  # maps as large as its input's
RANDOM = "dropout", "jitter"  # what draws numbers in training
LANES = 16  # floats of the widest vector
MAX_TAPS = 4096  # of a kernel, height times width, as in native.c


def runs(primitive: dict[str, Any] | None) -> TypeGuard[dict[str, Any]]:
    """Return whether there is a kernel for what Layer.primitive says."""
    if primitive is None or primitive["kind"] not in KINDS:
        return False
    kh, kw = primitive.get("kernel", (1, 1))
    return primitive["kind"] != "conv" or kh * kw <= MAX_TAPS


def numbers_of(primitive: dict[str, Any], shape: Shape, wants_dx: bool) -> tuple[str, dict]:
    """Return the kind of op for a primitive at an input (C, H, W, N), and its {field: number}."""
    maps, height, width, n = shape
    kind = primitive["kind"]
    kh, kw = primitive.get("kernel", (1, 1))
    sh, sw = primitive.get("stride", (1, 1))
    ph, pw = primitive.get("pad", (0, 0))
    eh, ew = primitive.get("dilation", (1, 1))
    eh, ew = (eh if kh > 1 else 1), (ew if kw > 1 else 1)  # one tap is at no distance from another
    pairs, groups = primitive.get("pairs"), primitive.get("groups", 1)
    out = int(primitive.get("out") or maps)
    span = eh * (kh - 1) + 1, ew * (kw - 1) + 1
    if kind == "join":
        kind = "add"
    elif kind == "conv" and groups == maps > 1:
        kind = "depthwise"
    elif kind == "conv" and (kh, kw) == (height, width) == span and groups == 1:
        kind = "conv" if ph or pw or pairs else "linear"
    if kind == "pad":
        oh, ow = height + 2 * ph, width + 2 * pw
    elif kind in SAME_SIZE:
        oh, ow = height, width
    else:
        oh, ow = (height + 2 * ph - span[0]) // sh + 1, (width + 2 * pw - span[1]) // sw + 1
    numbers = (
        *(KINDS[kind], ACTS.get(primitive.get("act", ""), 0), wants_dx, False),
        *(maps, height, width, n),
        *(out, oh, ow),
        *(kh, kw, sh, sw, ph, pw),
        *(eh, ew, groups),
        *(len(pairs[0]) if pairs else 0, 0, 0, 0),
    )
    return kind, dict(zip(NUMBERS, numbers, strict=True))


def scratch(kind: str, op: np.void, from_c: int) -> dict[str, int]:
    """Return how many floats of each scratch array an op needs going forward, {"t1": ...}.

    What each is for stands with the kernel, in C.  from_c: the t1 of a convolution or linear layer.
    """
    maps, height, width, n, out, kh, kw = sizes(op, "C H W N O kh kw")
    if kind == "conv":
        return {"t1": from_c, "t3": out * maps * kh * kw if op["pairs"] else 0}
    if kind == "linear":
        return {"t1": from_c}
    if kind == "dropout":
        return {"t1": maps * height * width * n}
    if kind == "jitter":
        return {"t1": 6 * n}
    if kind == "wstd":
        plane = height * width * n
        return {"t2": plane + width * n, "t3": 5 * plane + (width + kw - 1) * n}
    if kind == "batchnorm":
        return {"t1": 2 * maps, "t2": 2 * (2 * maps + 1)}  # t2: of doubles
    return {}


def scratch_back(op: np.void, values: int) -> dict[str, int]:
    """Return the same of what only a pass backward needs; values: a convolution's t4."""
    n, out, oh, ow, kh, kw, sw, ew = sizes(op, "N O oh ow kh kw sw ew")
    if op["kind"] == KINDS["depthwise"]:
        return {"t2": out * oh * ow * n, "t4": kh * kw * LANES}
    if op["kind"] == KINDS["conv"]:
        row = ((kw - 1) * ew // sw + max(columns(op), ow)) * n
        return {"t2": out * apart(oh * row), "t4": values}
    if op["kind"] in (KINDS["linear"], KINDS["sumpool"]):
        return {"t2": out * oh * ow * n}
    return {}


def sizes(op: np.void, names: str) -> list[int]:
    """Return some numbers of an op as Python's, which cannot overflow."""
    return [int(op[name]) for name in names.split()]


def apart(n: int) -> int:
    """Return the floats from one map of scratch to the next, for maps of n: as in native.c."""
    return n if n < 4096 else n + (1104 - n % 1024) % 1024


def columns(op: np.void) -> int:
    """Return the columns of one phase of the stride in a convolution's padded map."""
    width, sw, pw = sizes(op, "W sw pw")
    return (width + 2 * pw + sw - 1) // sw


def multiply_adds(ops: np.ndarray) -> int:
    """Return the multiply-adds of the convolutions and linear layers among some ops."""
    total = 0
    for op in ops:
        maps, n, out, oh, ow, kh, kw, groups, pairs = sizes(op, "C N O oh ow kh kw groups pairs")
        if op["kind"] in (KINDS["conv"], KINDS["linear"], KINDS["depthwise"]):
            total += (pairs or out * maps // groups) * oh * ow * kh * kw * n
    return total

"""Hostile layers, in C: refused as Python refuses them, or run without a byte out of place."""

import random

import pytest
from fuzz_kernels import OFFERED, build_alone, chains, encoded, expected, said

CONV = {"kind": "conv", "out": 4, "kernel": (3, 3)}
SHAPE = (4, 6, 5, 3)
LARGE = 1 << 62, (1 << 63) - 1
NUMBERS = 0, -1, -(1 << 63), 1 << 21, 1 << 31, 1 << 40, *LARGE
PAIRS = [([0, 4], []), ([4, 0], []), ([-1, 0], []), ([0, LARGE[1]], []), ([3, 3, 0, 0], [])]


def hostile():
    """Yield (primitive, shape, pairs): each size of a plain layer made something else."""
    for n in NUMBERS:
        for k in range(4):
            shape = (*SHAPE[:k], n, *SHAPE[k + 1 :])
            yield CONV, shape, []
            yield CONV | {"kind": "jitter", "kernel": (1, 1)}, shape, []
        for kind in ("conv", "sumpool", "maxpool", "wstd"):
            yield CONV | {"kind": kind, "kernel": (n, 1)}, SHAPE, []
            yield CONV | {"kind": kind, "kernel": (1, n)}, SHAPE, []
        for name, value in (("kernel", (n, n)), ("pad", (n, 0)), ("pad", (2, n)), ("groups", n)):
            yield CONV | {name: value}, SHAPE, []
        if n:  # netkit takes a number of outputs of 0 as not given
            yield CONV | {"out": n}, SHAPE, []
        if n > 0:  # what a step or a distance of no pixels is, nobody asks
            for kernel in ((3, 3), (1, 1), (1, 2)):
                more = {"kernel": kernel, "pad": (2, 2)}
                yield CONV | more | {"stride": (n, 1)}, SHAPE, []
                yield CONV | more | {"stride": (2, n)}, SHAPE, []
                yield CONV | more | {"dilation": (n, n)}, SHAPE, []
                yield CONV | more | {"dilation": (n, 1), "groups": 4}, SHAPE, []
                yield CONV | more | {"dilation": (n, n), "stride": (3, 2)}, SHAPE, []
    for pairs, _ in PAIRS:
        yield CONV, SHAPE, pairs
        yield CONV | {"groups": 2}, SHAPE, pairs


def usual(seed):
    """Return (primitive, shape, pairs) of a layer of small sizes."""
    rng = random.Random(seed)
    pair = lambda low, high: (rng.randint(low, high), rng.randint(low, high))  # noqa: E731
    shape = tuple(rng.randint(1, most) for most in (6, 9, 9, 40))
    layer = {"kind": rng.choice((*OFFERED, *("conv",) * 8)), "kernel": pair(1, 4)}
    layer |= {"stride": pair(1, 3)} if layer["kind"] in ("conv", "sumpool", "maxpool") else {}
    layer |= {"pad": pair(0, 3)} if layer["kind"] in ("conv", "pad") else {}
    if layer["kind"] in ("batchnorm", "pad", "pointwise", "dropout", "jitter"):
        layer.pop("kernel")
    if layer["kind"] == "conv":
        layer |= {"out": rng.randint(1, 9), "dilation": pair(1, 3)}
        layer["groups"] = rng.choice((1, 1, shape[0], 2))
        if rng.random() < 0.3:
            ends = (rng.randrange(layer["out"]), rng.randrange(shape[0]))
            return layer, shape, [*ends, 0, 0]
    return layer, shape, []


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    found = build_alone(tmp_path_factory.mktemp("kernels"))
    return found or pytest.skip("needs clang or gcc")


def compared(program, cases):
    """Check that C and Python say the same of all cases; return what was said."""
    given = [
        (primitive if primitive["kind"] == "conv" else {**primitive, "out": shape[0]}, shape, pairs)
        for primitive, shape, pairs in cases
    ]
    found = said(program, [encoded(*case) for case in given])
    assert len(found) == len(given)
    for case, (word, floats) in zip(given, found, strict=True):
        ours, sizes = expected(*case)
        assert (word == "refused") == (ours == "refused"), (case, word)
        if sizes and case[0]["kind"] == "conv":  # t1 and t4 of it are C's own
            sizes, floats = sizes[1:3], floats[1:3]
        if sizes:
            assert floats == sizes, (case, floats, sizes)
    return [word for word, _ in found]


def test_a_table_of_hostile_layers(program):
    words = compared(program, list(hostile()))
    assert words.count("refused") > 150
    assert words.count("ran") > 20  # a distance between the numbers of a kernel that has one


def test_layers_of_small_sizes(program):
    assert compared(program, [usual(seed) for seed in range(400)]).count("ran") > 200


def test_random_chains(program):
    """Chains, residual blocks, several threads' parts: what libFuzzer begins with."""
    words = [word for word, _ in said(program, chains(400))]
    assert words.count("ran") > 50

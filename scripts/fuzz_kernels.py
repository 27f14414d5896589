"""Fuzz the compiled kernels behind their checks: python scripts/fuzz_kernels.py [--seconds 120]

clang builds kernel_fuzzing/target.c with libFuzzer and the address and undefined-behaviour
sanitizers: chains of layers of any sizes, forward, backward and answering, every array as long as
netkit makes it. What fails is kept in --corpus, and printed; the exit code is then 1.
"""

import argparse
import random
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from netkit.backends.native.op import OP, numbers_of, runs, scratch, scratch_back
from netkit.backends.native.refuse import refuse_op
from netkit.errors import NetkitError

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "scripts" / "kernel_fuzzing" / "target.c"
KERNELS = ROOT / "netkit" / "backends" / "native" / "kernels"
CHECKS = "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"
OFFERED = (
    *("conv", "batchnorm", "pad", "pointwise", "sumpool", "maxpool", "wstd"),
    *("dropout", "jitter"),
)
FIRST = 2  # its place in what target.c offers
RAW, TRAINING, TABLE, BIAS, WANTS_DX = 255, 32, 4, 8, 2  # as in target.c
Verdict = tuple[str, list[int]]  # refused, large or ran; floats of t1 to t4


def build(compiler: str, *flags: str, output: Path) -> Path:
    """Compile the target with the sanitizers; return the program."""
    places = "-I", str(KERNELS), "-o", str(output), str(TARGET), "-lm"
    command = compiler, "-g", "-Wno-psabi", *CHECKS, *flags, *places
    subprocess.run(command, check=True)
    return output


def build_alone(folder: Path) -> Path | None:
    """Compile, quickly, a program that answers one input after the other; None: no compiler."""
    compiler = shutil.which("clang") or shutil.which("gcc")
    if compiler is None:
        return None
    return build(compiler, "-O0", "-DALONE", "-DBASELINE_ALONE", output=folder / "alone")


def said(program: Path, inputs: Sequence[bytes]) -> list[Verdict]:
    """Return what the program of `build_alone` says of each input; AssertionError if it fails."""
    data = b"".join(struct.pack("<I", len(each)) + each for each in inputs)
    done = subprocess.run([program], input=data, capture_output=True)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    lines = [line.split() for line in done.stdout.decode().splitlines()]
    return [(word, [int(n) for n in floats]) for word, *floats in lines]


def encoded(primitive: Mapping[str, Any], shape: Sequence[int], pairs: Sequence[int]) -> bytes:
    """Return an input of one layer in whole numbers of 64 bits, as target.c reads it.

    pairs: output map and input map of each kernel, one after the other.
    """
    flags = (TABLE if pairs else 0) | BIAS | WANTS_DX
    sizes = (primitive.get(name, (1, 1)) for name in ("kernel", "stride"))
    sizes = (*sizes, primitive.get("pad", (0, 0)), primitive.get("dilation", (1, 1)))
    parts = (
        bytes([RAW]),
        longs(*shape),
        bytes([TRAINING]),
        longs(FIRST + OFFERED.index(primitive["kind"])),
        bytes([0]),  # no activation behind it
        longs(primitive.get("out", 1)),
        bytes([flags]),
        longs(*(n for pair in sizes for n in pair), primitive.get("groups", 1)),
        bytes([len(pairs) // 2 - 1]) if pairs else b"",
        longs(*pairs),
    )
    return b"".join(parts)


def longs(*numbers: int) -> bytes:
    """Return whole numbers as 64 bits each."""
    return struct.pack(f"<{len(numbers)}q", *numbers)


def chains(count: int) -> list[bytes]:
    """Return inputs of chains of a few layers of small sizes: what libFuzzer begins with."""
    rng = random.Random(0)
    return [bytes(rng.randrange(240) for _ in range(rng.randrange(20, 120))) for _ in range(count)]


def expected(primitive: Mapping[str, Any], shape: Sequence[int], pairs: Sequence[int]) -> Verdict:
    """Return the same of netkit's own: ("refused", []), or ("", floats of t1 to t4).

    A convolution's t1 and t4 are C's own, and 0 here.
    """
    table = [pairs[::2], pairs[1::2]] if pairs else None
    primitive = dict(primitive) | {"pairs": table}
    if min(shape) < 1 or not runs(primitive):
        return "refused", []
    try:
        kind, asked = numbers_of(primitive, tuple(shape), True)
        refuse_op(asked, table, "here")
    except NetkitError:
        return "refused", []
    op = np.zeros((), OP)
    for name, value in asked.items():
        op[name] = value
    floats = scratch(kind, op, 0) | scratch_back(op, 0)
    return "", [floats.get(name, 0) for name in ("t1", "t2", "t3", "t4")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--corpus", type=Path, help="a folder of inputs, which grows")
    given = parser.parse_args()
    clang = shutil.which("clang")
    if clang is None:
        sys.exit("fuzz_kernels: libFuzzer is clang's: apt-get install clang")
    with tempfile.TemporaryDirectory() as folder:
        program = build(clang, "-O1", "-fsanitize=fuzzer", output=Path(folder, "fuzzer"))
        corpus = given.corpus or Path(folder, "corpus")
        corpus.mkdir(parents=True, exist_ok=True)
        for k, chain in enumerate(chains(300)):
            (corpus / f"chain{k}").write_bytes(chain)
        limits = f"-max_total_time={given.seconds}", "-timeout=20", "-max_len=512"
        kept = f"-artifact_prefix={given.corpus or Path.cwd()}/"
        done = subprocess.run([program, *limits, kept, "-len_control=0", "-print_funcs=0", corpus])
    sys.exit(done.returncode != 0)


if __name__ == "__main__":
    main()

"""The WebAssembly of a page: what it makes of every layer is what numpy makes of the plan."""

import json
import runpy
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cases import CASES, NAMES
from plans import ARCHS, checkpoint_of, checkpoint_of_layer
from wasm_machine import Machine

from netkit.export.page.wasm import SUMS, WASM, sums
from netkit.export.plan import plan_of
from netkit.export.reference import values

ROOT = Path(__file__).parent.parent.parent


def check(plan, image, atol):
    """Every value is numpy's in float64, as near as numpy comes to it in float32 itself."""
    made, expected = Machine(plan)(image), values(plan, image[None], np.float64)
    assert made.keys() == expected.keys()
    for name, near in values(plan, image[None]).items():
        allowed = atol + 4 * np.abs(near - expected[name]).max()
        np.testing.assert_allclose(
            made[name], expected[name][0], rtol=1e-5, atol=allowed, err_msg=name
        )


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_layer(registry, kind, arguments, shape):
    checkpoint, _ = checkpoint_of_layer(registry, kind, arguments, shape)
    image = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    check(plan_of(registry, checkpoint, fold=False), image, 1e-5)


@pytest.mark.parametrize("arch", ARCHS)
def test_arch(registry, arch):
    """Every value of a packaged arch, and of a second picture: nothing of the first is left."""
    checkpoint, _ = checkpoint_of(registry, arch, dtype="float32")
    plan = plan_of(registry, checkpoint, fold=False)
    first, second = np.random.default_rng(1).integers(0, 256, (2, 1, 28, 28)).astype(np.float32)
    check(plan, first, 2e-5)
    machine = Machine(plan)
    machine(first)
    np.testing.assert_array_equal(machine(second)[plan.output], Machine(plan)(second)[plan.output])


def test_it_is_the_build_of_the_sources():
    kept = json.loads(SUMS.read_text())
    assert kept == sums(), "net.wasm is not of these sources: run `python scripts/make_wasm.py`"


def test_it_can_be_built_again(tmp_path):
    """The same compiler makes the same bytes; another one at least compiles the sources."""
    script = runpy.run_path(str(ROOT / "scripts" / "make_wasm.py"))
    if tools := script["missing"]():
        pytest.skip(f"needs {' and '.join(tools)}: apt-get install clang lld")
    script["compile_to"](tmp_path / "net.wasm")
    version = subprocess.run(["clang", "--version"], capture_output=True, text=True).stdout
    if "version 14.0.6" in version:
        assert (tmp_path / "net.wasm").read_bytes() == WASM.read_bytes()

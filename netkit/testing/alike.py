"""The three ways in which a check runs everything, and the comparison of what they gave."""

import numpy as np

from netkit.backends.base import Backend
from netkit.backends.numpy import NumpyBackend
from netkit.backends.strict import StrictBackend
from netkit.types import Array


def devices() -> list[tuple[str, Backend]]:
    """Return types with backends: exact, rounded, and on a device that refuses numpy's arrays."""
    return [
        ("float64", NumpyBackend(1)),
        ("float32", NumpyBackend(1)),
        ("float32", StrictBackend()),
    ]


def check_alike(found: list[list[Array]]) -> None:
    """Compare the arrays of every backend with those of the first one, which is exact."""
    for other in found[1:]:
        for exact, rounded in zip(found[0], other, strict=True):
            scale = max(1.0, float(np.abs(exact).max()))
            assert np.allclose(rounded, exact, atol=2e-4 * scale, rtol=2e-4), (
                "float32 or strict differ from float64"
            )

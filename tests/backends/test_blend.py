"""Blending a vector towards another one, on every backend, and what the kernel refuses."""

import numpy as np
import pytest

from netkit.errors import NetkitError


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [0, 1, 7, 64, 1001])
@pytest.mark.parametrize("share", [0.0, 0.1, 1.0])
def test_it_is_the_sum_of_two_shares(backend, dtype, n, share):
    a, b = np.random.default_rng(0).normal(size=(2, n)).astype(dtype)
    out, x = backend.asarray(a.copy()), backend.asarray(b.copy())
    backend.blend(out, x, share)
    found = backend.to_host(out)
    assert found.dtype == dtype
    np.testing.assert_allclose(found, (1 - share) * a + share * b, rtol=1e-5, atol=1e-6)
    assert np.array_equal(backend.to_host(x), b)


def test_views_with_gaps(backend):
    a, b = np.random.default_rng(0).normal(size=(2, 40)).astype("float32")
    out, x = backend.asarray(a.copy()), backend.asarray(b)
    backend.blend(out[::2], x[1::2], 0.25)
    found = backend.to_host(out)
    np.testing.assert_allclose(found[::2], 0.75 * a[::2] + 0.25 * b[1::2], rtol=1e-5)
    assert np.array_equal(found[1::2], a[1::2])


@pytest.mark.parametrize("size", [0, 1, 9, 11])
def test_the_kernel_is_given_no_other_size(registry, size):
    backend = registry.make("backend", {"type": "native"})
    with pytest.raises(NetkitError, match=rf"an array of \({size},\) where \(10,\) is needed"):
        backend.blend(np.zeros(10, "float32"), np.zeros(size, "float32"), 0.5)

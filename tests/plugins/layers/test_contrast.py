"""Contrast normalisation and colour beside scipy and EBLearn's formulas."""

import numpy as np
import pytest

X = np.random.default_rng(0).normal(size=(2, 3, 9, 8))  # samples first, as PyTorch has them


def gauss(k, coeff=2.0):
    d = np.arange(k) - k // 2
    g = np.exp(-(d[:, None] ** 2 + d**2) / (coeff * k / 4))
    return g / g.sum()


def correlated(x, window, mode):
    """Return each map of images (N, C, H, W) correlated with a window, by scipy."""
    ndimage = pytest.importorskip("scipy.ndimage")
    maps = [[ndimage.correlate(m, window, mode=mode, cval=0) for m in image] for image in x]
    return np.stack(maps)


def blurred(x, k, mode, across):
    """Return the Gaussian-weighted sum of the neighbourhood, over all maps or map by map."""
    maps = correlated(x, gauss(k), mode)
    return maps.mean(1, keepdims=True) if across else maps


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("learn", [False, True])
@pytest.mark.parametrize("threshold", [False, True])
def test_contrast_normalisation(run, mirror, across, learn, threshold):
    """Against scipy. A window that is to be trained starts as the Gaussian, so it must not change
    the result.
    """
    options, mode = (
        {"kernel": 5, "mirror": mirror, "across_features": across},
        "mirror" if mirror else "constant",
    )
    v = X - blurred(X, 5, mode, across)
    np.testing.assert_allclose(run("snorm", options | {"learn": learn}, X), v, atol=1e-12)
    s = np.sqrt(blurred(v * v, 5, mode, across) + 1e-6)
    y = v / (np.maximum(s, s.mean((1, 2, 3), keepdims=True)) if threshold else s)
    np.testing.assert_allclose(
        run("dnorm", options | {"learn": learn, "threshold": threshold}, v), y, atol=1e-12
    )
    options |= {"learn": learn, "learn_mean": learn, "threshold": threshold}
    np.testing.assert_allclose(run("cnorm", options, X), y, atol=1e-12)
    np.testing.assert_allclose(run("wstd", options, X), y, atol=1e-12)


def test_quick_wstd_is_cnorm(run):
    np.testing.assert_allclose(
        run("wstd", {"kernel": 5}, X), run("cnorm", {"kernel": 5}, X), rtol=1e-11, atol=1e-13
    )


@pytest.mark.parametrize(
    "option",
    [
        {"global_norm": True},
        {"mirror": True},
        {"learn": True},
        {"across_features": False},
        {"floor": 0.1},
    ],
)
def test_wstd_with_an_option_is_not_quick(registry, option):
    """It takes the steps of cnorm, in the multiply-adds too; by hand, without an option."""
    usual, other, slow = (
        registry.make("layer", {"type": kind, "kernel": [3, 5], **options})
        for kind, options in (("wstd", {}), ("wstd", option), ("cnorm", option))
    )
    assert usual.quick
    assert not other.quick
    for layer in (usual, other, slow):
        layer.name = "l"
        layer.build((2, 6, 7))
    shape = 2, 6, 7
    assert other.cost(shape, shape) == slow.cost(shape, shape)
    assert usual.cost(shape, shape) == 6 * 7 * (4 * 2 + 2 * (3 + 5))


def globally(x):
    """Return images (N, C, H, W) at zero mean and unit deviation, each by itself."""
    v = x - x.mean((1, 2, 3), keepdims=True)
    return v / np.sqrt((v * v).mean((1, 2, 3), keepdims=True))


def mirrored(x, n):
    """Return images with EBLearn's mirror image around: the first row and column stand twice."""
    first = np.pad(x, [(0, 0), (0, 0), (n, 0), (n, 0)], mode="symmetric")
    return np.pad(first, [(0, 0), (0, 0), (0, n), (0, n)], mode="reflect")


def locally(x):
    """Return images with their contrast normalised as EBLearn's preprocessing has it."""

    def around(x):
        inside = slice(2, -2)
        return blurred(mirrored(x, 2), 5, "constant", True)[:, :, inside, inside]

    x = globally(x)
    v = x - around(x)
    return v / np.maximum(np.sqrt(around(v * v) + 1e-6), 1)


@pytest.mark.parametrize("white", [255.0, 2.55])
def test_colour(run, white):
    """EBLearn's formulas, for bytes, and for data that a coeff has made smaller."""
    rgb = np.random.default_rng(1).uniform(0, 255, (2, 3, 9, 8))
    rgb[:, :, :5] = rgb[:, :, :5] * 0.05 + 100  # where there is little contrast, it stays small
    r, g, b = rgb.transpose(1, 0, 2, 3)
    y = (0.299 * r + 0.587 * g + 0.114 * b)[:, None]
    u = ((-0.147 * r - 0.289 * g + 0.437 * b + 111) * 1.14678)[:, None]
    v = ((0.615 * r - 0.515 * g - 0.1 * b + 157) * 0.813)[:, None]
    uv, both = np.concatenate([u, v], 1), np.concatenate
    cases = {
        "rgb_to_y": globally(y),
        "rgb_to_rgb": globally(rgb),
        "rgb_to_yuv": both([globally(y), globally(uv)], 1),
        "rgb_to_yp": locally(y),
        "rgb_to_ypuv": both([locally(y), globally(uv)], 1),
        "rgb_to_yuvp": locally(both([globally(y), globally(uv)], 1)),
        "rgb_to_ypuvp": both([locally(y), locally(uv)], 1),
        "rgb_to_ynunvn": both([locally(y), locally(u), locally(v)], 1),
        "rgb_to_rgbp": locally(rgb),
    }

    def same(name, given, expected, **options):
        kernel = {"kernel": 5} if set(name[5:]) & set("pn") else {}
        options |= {"white": white} | kernel
        found = run(name, options, given * white / 255)
        np.testing.assert_allclose(found, expected, atol=2e-10, err_msg=name)

    for name, expected in cases.items():
        same(name, rgb, expected)
    fixed = (uv - 128) / 100
    same("rgb_to_ypuv", rgb, both([locally(y), fixed], 1), global_norm=False)
    same("rgb_to_yp", rgb, locally(y), global_norm=False)  # without effect on it, as in EBLearn
    same("rgb_to_yuv", rgb, both([y * white / 255, fixed], 1), global_norm=False)
    same("rgb_to_yp", y, locally(y))  # one map is taken as luminance
    same("rgb_to_y", y, globally(y))
    same("y_to_yn", y, locally(y))
    same("y_to_y", y, globally(y))


def test_mirror_images(run):
    """netkit's has the outermost pixel once on all sides; EBLearn's twice at the top and left."""
    for n in (1, 2, 3):
        np.testing.assert_array_equal(run("mirrorpad", {"pad": n}, X), mirrored(X, n))
    for mirror, padded in (
        (True, np.pad(X, [(0, 0), (0, 0), (2, 2), (2, 2)], mode="reflect")),
        ("repeat", mirrored(X, 2)),
    ):
        means = blurred(padded, 5, "constant", True)[:, :, 2:-2, 2:-2]
        options = {"kernel": 5, "mirror": mirror}
        np.testing.assert_allclose(run("snorm", options, X), X - means, atol=1e-12)
    yp = run("colour", {"to": "yp", "kernel": 5}, X)
    ours = run("colour", {"to": "yp", "kernel": 5, "mirror": "repeat"}, X)
    np.testing.assert_array_equal(run("rgb_to_yp", {"kernel": 5}, X), ours)
    assert np.abs(yp - ours)[..., :2, :].max() > 0.01
    np.testing.assert_allclose(yp[..., 4:, 4:], ours[..., 4:, 4:], atol=1e-12)


def test_gaussian_coeff_zero_is_a_quarter_of_the_kernel(run):
    """EBLearn's exp(-d² / (kernel / 4)²), which the face detector has; the quick way too."""
    window = np.exp(-((np.arange(5) - 2.0) ** 2) / (5 / 4) ** 2)
    window = np.outer(window, window) / window.sum() ** 2 / 3
    v = X - correlated(X, window, "constant").sum(1, keepdims=True)
    s = np.sqrt(correlated(v * v, window, "constant").sum(1, keepdims=True) + 1e-6)
    y = v / np.maximum(s, s.mean((1, 2, 3), keepdims=True))
    options = {"kernel": 5, "gaussian_coeff": 0}
    np.testing.assert_allclose(run("snorm", options, X), v, atol=1e-12)
    for kind in ("cnorm", "wstd"):
        np.testing.assert_allclose(run(kind, options, X), y, atol=1e-12, err_msg=kind)


def test_floor_of_contrast_normalisation(run):
    v = X - blurred(X, 5, "constant", True)
    s = np.sqrt(blurred(v * v, 5, "constant", True) + 1e-6)
    mean = s.mean((1, 2, 3), keepdims=True)
    floor = float(np.quantile(s, 0.6))
    assert (mean < floor).any()
    plain = {"kernel": 5, "threshold": False, "floor": floor}
    np.testing.assert_allclose(run("cnorm", plain, X), v / np.maximum(s, floor), atol=1e-12)
    both = run("wstd", {"kernel": 5, "floor": floor}, X)
    np.testing.assert_allclose(both, v / np.maximum(s, np.maximum(mean, floor)), atol=1e-12)

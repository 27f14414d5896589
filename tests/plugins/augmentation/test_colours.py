"""colour_jitter, noise and gaussian_blur: against plain numpy, image by image, and their spread."""

import tracemalloc

import numpy as np
import pytest
from shown import shown

from netkit.errors import NetkitError

GREY = np.array([0.299, 0.587, 0.114])
SCALE = {"bias": -128.0, "coeff": 0.02}  # the net sees (pixel + bias) * coeff


def images(n=40, shape=(3, 6, 5)):
    return np.random.default_rng(1).integers(0, 256, (n, *shape)).astype(np.uint8)


def pixels(y):
    """What is shown, as pixels of the data."""
    return y / SCALE["coeff"] - SCALE["bias"]


def factor(x, y, centre):
    """The factor by which the pixels of an image stand further from `centre`, and the error."""
    a, b = (x - centre).ravel(), (y - centre).ravel()
    f = a @ b / (a @ a)
    return f, np.abs(f * a - b).max()


@pytest.mark.parametrize("shape", [(3, 6, 5), (1, 6, 5), (2, 6, 5)])
@pytest.mark.parametrize("part", ["brightness", "contrast"])
def test_a_factor_of_the_distance(registry, part, shape):
    """From black, or from the mean grey: in pixels, whatever bias and coeff the net has."""
    x = images(400, shape) // 4 + 90  # nothing reaches black or white
    y = pixels(shown(registry, "colour_jitter", {part: 0.3}, x, **SCALE))
    weights = GREY if shape[0] == 3 else np.full(shape[0], 1 / shape[0])
    factors = []
    for a, b in zip(x.astype(float), y, strict=True):
        grey = np.tensordot(weights, a, 1).mean()
        f, error = factor(a, b, grey if part == "contrast" else 0)
        assert error < 1e-9
        factors.append(f)
    check_even(factors, 0.7, 1.3)


def test_many_channels_take_no_more_memory_than_they_are(registry):
    """Light that is the same for all channels mixes none of them: no matrix of 3,000 by 3,000."""
    x = images(20, (3000, 2, 2))
    tracemalloc.start()
    try:
        y = pixels(shown(registry, "colour_jitter", {"brightness": 0.3}, x, **SCALE))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert most < 40 * x.size * 8 < 20 * 3000**2 * 4
    for a, b in zip(x.astype(float), y, strict=True):
        below = b < 254.9  # brighter is cut
        gain = b[below].sum() / a[below].sum()
        np.testing.assert_allclose(b, np.minimum(gain * a, 255), rtol=1e-6, atol=1e-6)


def check_even(values, low, high):
    """Kolmogorov's test of an even spread, at the level of one in a thousand."""
    places = (np.sort(values) - low) / (high - low)
    assert 0 <= places[0] <= places[-1] <= 1
    assert (
        np.abs(places - (np.arange(len(places)) + 0.5) / len(places)).max()
        < 1.95 * len(places) ** -0.5
    )


def test_saturation_is_the_distance_from_a_pixels_grey(registry):
    x = images(400) // 4 + 90
    y = pixels(shown(registry, "colour_jitter", {"saturation": 1}, x, **SCALE))
    factors = []
    for a, b in zip(x.astype(float), y, strict=True):
        f, error = factor(a, b, np.tensordot(GREY, a, 1))
        assert error < 1e-9
        factors.append(f)
    check_even(factors, 0, 2)


def test_hue_turns_i_and_q(registry):
    """Grey and saturation stay; all pixels of an image turn by one angle."""
    x = images(400) // 4 + 90
    y = pixels(shown(registry, "colour_jitter", {"hue": 0.1}, x, **SCALE))
    to_iq = np.array([[0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
    turns = []
    for a, b in zip(x.astype(float), y, strict=True):
        np.testing.assert_allclose(np.tensordot(GREY, b, 1), np.tensordot(GREY, a, 1), atol=1e-9)
        p, q = (np.tensordot(to_iq, side, 1) for side in (a, b))
        coloured = np.hypot(*p) > 1
        turn = ((q[0] + 1j * q[1]) / (p[0] + 1j * p[1]))[coloured]
        np.testing.assert_allclose(turn, turn[0], atol=1e-9)
        turns.append(np.angle(turn[0]) / (2 * np.pi))
        np.testing.assert_allclose(abs(turn), 1, atol=1e-9)
    check_even(turns, -0.1, 0.1)


def test_the_parts_follow_each_other(registry):
    """All at once is the four one after the other, in plain array code, by the same draws."""
    x, parts = (
        images() // 4 + 90,
        {"brightness": 0.3, "contrast": 0.4, "saturation": 0.5, "hue": 0.1},
    )
    alone = {
        k: pixels(shown(registry, "colour_jitter", {k: v}, x, **SCALE)) for k, v in parts.items()
    }
    y = pixels(shown(registry, "colour_jitter", parts, x, **SCALE))
    yiq = np.vstack([GREY, [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]])
    for k, a in enumerate(x.astype(float)):
        f = factor(a, alone["brightness"][k], 0)[0]
        z = f * a
        f = factor(a, alone["contrast"][k], np.tensordot(GREY, a, 1).mean())[0]
        z = f * z + (1 - f) * np.tensordot(GREY, z, 1).mean()
        f = factor(a, alone["saturation"][k], np.tensordot(GREY, a, 1))[0]
        z = f * z + (1 - f) * np.tensordot(GREY, z, 1)
        p, q = (np.tensordot(yiq, side, 1)[:, 0, 0] for side in (a, alone["hue"][k]))
        turn = (q[1] + 1j * q[2]) / (p[1] + 1j * p[2])
        z = np.tensordot(yiq, z, 1)
        turned = turn * (z[1] + 1j * z[2])
        z = np.tensordot(np.linalg.inv(yiq), np.stack([z[0], turned.real, turned.imag]), 1)
        np.testing.assert_allclose(y[k], z.clip(0, 255), atol=1e-6)


@pytest.mark.parametrize(
    "scale", [SCALE, {"bias": 0.0, "coeff": 0.01}, {"bias": -255, "coeff": -1}]
)
def test_results_are_cut_to_black_and_white(registry, scale):
    x = images()
    wide = {"brightness": 1, "contrast": 1, "saturation": 1, "hue": 0.5}
    y = shown(registry, "colour_jitter", wide, x, **scale) / scale["coeff"] - scale["bias"]
    assert y.min() > -1e-9
    assert y.max() < 255 + 1e-9
    assert (y > 254.999).any()
    halves = shown(registry, "colour_jitter", wide | {"black": 0.0, "white": 1.0}, x / 255)
    np.testing.assert_allclose(halves * 255, y, atol=1e-6)


def test_noise_is_normal(registry):
    x = images(300, (3, 40, 40))
    y = pixels(shown(registry, "noise", {"std": 0.1}, x, **SCALE)) - x
    spread = y.reshape(len(y), -1).std(1)
    check_even(spread / 25.5, 0, 1.03)  # of 4,800 numbers, each estimate is 1 % off
    z = (y / spread[:, None, None, None]).ravel()
    assert abs(z.mean()) < 0.02
    assert abs((z**4).mean() - 3) < 0.1
    assert abs((z**3).mean()) < 0.03
    flat = z.reshape(len(y), -1)
    assert abs((flat[:, :-1] * flat[:, 1:]).mean()) < 0.02
    assert abs((flat[:, :2400] * flat[:, 2400:]).mean()) < 0.02  # the pairs of Box and Muller


def test_blur_is_a_gaussian_of_a_width_of_its_own(registry):
    x = np.zeros((300, 1, 15, 15))
    x[:, 0, 7, 7] = 1
    y = shown(registry, "gaussian_blur", {"sigma": 2}, x)[:, 0]
    np.testing.assert_allclose(y.sum((1, 2)), 1, atol=1e-6)
    sigmas = []
    for z in y:
        ratio = z[7, 8] / z[7, 7]
        sigmas.append((-0.5 / np.log(max(ratio, 1e-300))) ** 0.5)
        d = np.arange(-6, 7)
        line = np.exp(-0.5 * (d / max(sigmas[-1], 1e-3)) ** 2)
        np.testing.assert_allclose(z[1:14, 1:14], np.outer(line, line) / line.sum() ** 2, atol=1e-9)
    check_even(sigmas, 0, 2)


def test_blur_goes_on_beyond_the_sides(registry):
    y = shown(registry, "gaussian_blur", {"sigma": 3}, np.full((9, 2, 4, 5), 7.0))
    np.testing.assert_allclose(y, 7, rtol=1e-9)
    x = np.random.default_rng(2).normal(size=(5, 2, 4, 5))
    wide = np.pad(x, ((0, 0), (0, 0), (30, 30), (30, 30)), mode="edge")
    inner = shown(registry, "gaussian_blur", {"sigma": 3}, wide)[:, :, 30:34, 30:35]
    np.testing.assert_allclose(shown(registry, "gaussian_blur", {"sigma": 3}, x), inner, atol=1e-12)


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("colour_jitter", {"brightness": 2}, "brightness=2: give a number from 0 to 1"),
        ("colour_jitter", {"hue": 0.6}, "hue=0.6: give a number from 0 to 0.5"),
        ("colour_jitter", {"black": 300}, "black=300.0 white=None: white is the larger"),
        ("noise", {"std": -1}, "std=-1: give a number from 0 to 1"),
        ("noise", {"white": 0}, "white=0.0: white is the larger"),
        ("gaussian_blur", {"sigma": 0}, "sigma=0: give a number above 0"),
        ("mixup", {"alpha": 0}, "alpha=0: give a number from 0.01 to 100"),
    ],
)
def test_bad_arguments(registry, kind, arguments, said):
    with pytest.raises(NetkitError, match=said):
        shown(registry, kind, arguments, images(1))

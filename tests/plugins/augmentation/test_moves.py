"""flip, shift and cutout: against plain numpy, one image after the other, and their shares."""

import numpy as np
import pytest
from shown import shown

from netkit.errors import NetkitError


def images(n, shape=(2, 5, 7)):
    return np.random.default_rng(0).uniform(1, 2, (n, *shape))


@pytest.mark.parametrize(
    ("axis", "turn"), [("horizontal", np.s_[:, :, ::-1]), ("vertical", np.s_[:, ::-1])]
)
def test_flip_mirrors_its_share(registry, axis, turn):
    x = images(3000)
    y = shown(registry, "flip", {"axis": axis, "share": 0.3}, x)
    same = np.array([np.array_equal(a, b) for a, b in zip(x, y, strict=True)])
    mirrored = np.array([np.array_equal(a[turn], b) for a, b in zip(x, y, strict=True)])
    assert (same ^ mirrored).all()
    assert abs(mirrored.mean() - 0.3) < 0.03  # 3.6 standard deviations


@pytest.mark.parametrize("share", [True, 0.5])
def test_true_is_half(registry, share):
    x = images(200)
    np.testing.assert_array_equal(
        shown(registry, "flip", {"share": share}, x), shown(registry, "flip", {}, x)
    )


@pytest.mark.parametrize("fill", ["zeros", "reflect"])
def test_shift_is_a_crop_of_a_frame(registry, fill):
    x, frame = images(2000), {"zeros": "constant", "reflect": "reflect"}[fill]
    y = shown(registry, "shift", {"by": [1, 3], "fill": fill}, x)
    wide = np.pad(x, ((0, 0), (0, 0), (1, 1), (3, 3)), mode=frame)
    counts = np.zeros((3, 7))
    for k in range(len(x)):
        hits = [
            (r, c)
            for r in range(3)
            for c in range(7)
            if np.array_equal(wide[k, :, r : r + 5, c : c + 7], y[k])
        ]
        assert len(hits) == 1
        counts[hits[0]] += 1
    expected = len(x) / counts.size
    assert ((counts - expected) ** 2 / expected).sum() < 45  # chi-squared of 20: 0.1 % lie above


def test_cutout_hides_one_box(registry):
    x = images(4000)
    y = shown(registry, "cutout", {"size": [3, 4], "share": 0.8}, x)
    hidden = y == 0
    assert np.array_equal(hidden[:, 0], hidden[:, 1])
    np.testing.assert_array_equal(y[~hidden], x[~hidden])
    rows, columns = hidden[:, 0].any(2), hidden[:, 0].any(1)
    np.testing.assert_array_equal(hidden[:, 0], rows[:, :, None] & columns[:, None])
    lost = rows.any(1)
    assert abs(lost.mean() - 0.8) < 0.02
    for sides, size, length in ((rows, 3, 5), (columns, 4, 7)):
        # Each centre is as likely as the others: so many boxes of that size hide a pixel of it.
        boxes = [range(c - size // 2, c - size // 2 + size) for c in range(length)]
        expected = [sum(k in box for box in boxes) / length for k in range(length)]
        np.testing.assert_allclose(sides[lost].mean(0), expected, atol=0.04)


@pytest.mark.parametrize("kind", ["flip", "shift", "zoom", "cutout"])
def test_an_image_is_changed_alike_however_its_batch_is_divided(registry, kind):
    x = images(40)
    whole = shown(registry, kind, {}, x)
    parts = [shown(registry, kind, {}, x[at : at + 9], first=at) for at in range(0, 40, 9)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert not np.array_equal(shown(registry, kind, {}, x, step=1), whole)


@pytest.mark.parametrize(
    ("kind", "arguments", "said"),
    [
        ("shift", {"by": 5}, "a: 5 pixels move an image 5 high out of sight: give up to 4"),
        ("shift", {"fill": "edge"}, "fill=edge: there are zeros, reflect"),
        ("flip", {"share": 1.5}, "share=1.5: give a number from 0 to 1, or true or false"),
        ("cutout", {"size": 0}, "size=0: give a whole number from 1"),
    ],
)
def test_bad_arguments(registry, kind, arguments, said):
    with pytest.raises(NetkitError, match=said):
        shown(registry, kind, arguments, images(1))

"""Scenes with truth, and the windows of digits and background that are cut from them."""

import numpy as np
import pytest

from netkit.dataset import Samples
from netkit.detection.detector import Detection
from netkit.detection.preparation import MIDDLE
from netkit.plugins.datasets.digits_background import DigitsBackground, untested
from netkit.plugins.datasets.mnist import Mnist
from netkit.plugins.scenes.digit_looks import DigitLooks
from netkit.plugins.scenes.digit_scenes import DigitScenes
from netkit.plugins.scenes.surfaces import cells, glows, grain, tubes
from netkit.plugins.scenes.textures import blobs, gratings, leaves, letters, noise


def test_scenes_repeat_and_have_the_boxes_they_say():
    scenes = DigitScenes(
        count=2, seed=3, texture=0, clutter=0, noise=0, contrast=(1, 1), digits=(3, 5)
    )
    a, b = scenes.scene(1), scenes.scene(1)
    assert np.array_equal(a.image, b.image)
    assert np.array_equal(a.boxes, b.boxes)
    assert not np.array_equal(a.image, scenes.scene(0).image)
    outside = a.image[0].copy()
    for x0, y0, x1, y1 in a.boxes.astype(int):
        assert a.image[0, y0:y1, x0:x1].max() > 100
        outside[y0:y1, x0:x1] = 0
    assert outside.max() == 0


def test_background_windows():
    data = DigitsBackground(train_size=400, val_size=100)
    assert data.classes[-1] == "background"
    assert data.train.images.shape == (400, 1, 28, 28)
    shares = np.bincount(data.train.labels, minlength=11) / 400
    assert 0.4 < shares[10] < 0.85
    assert np.array_equal(data.epoch(1, 0).images, data.epoch(1, 0).images)
    assert not np.array_equal(data.epoch(1, 0).images, data.epoch(2, 0).images)


def test_hard_windows_take_part_and_are_kept():
    data = DigitsBackground(train_size=400, val_size=50)
    data.mined_scenes = 5

    class Wrong:
        """Says 7 at the top left of every image."""

        def each(self, items):
            for key, _ in items:
                yield key, [Detection(7, "7", 1.0, (0, 0, 28, 28))]

    added = data.mine(Wrong(), 0)
    assert 0 < added <= 5
    assert len(data.epoch(1, 0)) == 400
    assert np.array_equal(data.epoch(1, 0).images[-added:], data.hard.images)
    again = DigitsBackground(train_size=400, val_size=50)
    again.restore(data.saved())
    assert np.array_equal(again.epoch(1, 0).labels, data.epoch(1, 0).labels)


def test_looks_have_their_shares_and_repeat():
    looks = DigitLooks(seed=4, size=(100, 120), digits=(2, 3), plain=0.0, none=0.5)
    scenes = [looks.scene(k) for k in range(40)]
    empty = [scene for scene in scenes if not len(scene.boxes)]
    assert 10 < len(empty) < 30
    assert all(scene.image.dtype == np.uint8 for scene in scenes)
    assert all(scene.image.shape == (1, 100, 120) for scene in scenes)
    assert all(np.median(scene.image) <= MIDDLE for scene in scenes)  # light on dark, also of ink
    again = DigitLooks(seed=4, size=(100, 120), digits=(2, 3), plain=0.0, none=0.5)
    assert np.array_equal(again.scene(7).image, scenes[7].image)
    # where a digit is, is more light than around it
    lit = [lightness(scene) for scene in scenes if len(scene.boxes)]
    assert np.mean(lit) > 20


def lightness(scene):
    """Return how much lighter the inner parts of digits' boxes are than the whole image."""
    inner = []
    for x0, y0, x1, y1 in scene.boxes.astype(int):
        part = scene.image[0, y0:y1, x0:x1]
        inner.append(np.quantile(part, 0.95))
    return np.mean(inner) - scene.image.mean()


def test_two_of_three_grounds_without_digits_are_those_given():
    given = np.full((60, 80), 7, np.float32)
    looks = DigitLooks(seed=4, size=(60, 80), plain=0.0, none=1.0, grounds=lambda rng: given)
    seen = [np.array_equal(looks.scene(k).image[0], given) for k in range(60)]
    assert 30 < sum(seen) < 50


def test_plain_looks_are_digit_scenes():
    settings = {"seed": 3, "size": (100, 120)}
    ours, theirs = DigitLooks(plain=1.0, none=0.0, **settings), DigitScenes(**settings)
    assert np.array_equal(ours.scene(5).image, theirs.scene(5).image)


@pytest.mark.parametrize(
    "kind", [leaves, noise, gratings, letters, blobs, grain, cells, tubes, glows]
)
def test_textures_are_pictures_of_all_greys(kind):
    pictures = [kind((60, 80), np.random.default_rng(k)) for k in range(5)]
    assert all(picture.shape == (60, 80) for picture in pictures)
    assert all(0 <= picture.min() <= picture.max() <= 255 for picture in pictures)
    assert max(picture.std() for picture in pictures) > 10
    assert np.array_equal(pictures[0], kind((60, 80), np.random.default_rng(0)))


def test_no_digit_is_learnt_that_netkit_carries_to_test_on():
    tested = Mnist(None, train_size=None, val_size=None).val
    both = Samples(
        np.concatenate([tested.images[:5], 255 - tested.images[:3]]),
        np.arange(8),
    )
    left = untested(both)
    assert left.labels.tolist() == [5, 6, 7]

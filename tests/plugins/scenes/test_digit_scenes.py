"""Scenes with truth, and the windows of digits and background that are cut from them."""

import numpy as np

from netkit.detection.detector import Detection
from netkit.plugins.datasets.digits_background import DigitsBackground
from netkit.plugins.scenes.digit_scenes import DigitScenes


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


def test_hard_windows_take_part_and_are_kept(detector):
    data = DigitsBackground(train_size=400, val_size=50)

    class Wrong:
        """Says 7 at the top left of every image."""

        def each(self, items):
            for key, _ in items:
                yield key, [Detection(7, "7", 1.0, (0, 0, 28, 28))]

    added = data.mine(Wrong(), 0, scenes=5)
    assert 0 < added <= 5
    assert len(data.epoch(1, 0)) == 400
    assert np.array_equal(data.epoch(1, 0).images[-added:], data.hard.images)
    again = DigitsBackground(train_size=400, val_size=50)
    again.restore(data.saved())
    assert np.array_equal(again.epoch(1, 0).labels, data.epoch(1, 0).labels)

"""The made-up data set: patterns of classes with noise, within the memory there is."""

import numpy as np
import pytest

from netkit.errors import NetkitError


def test_each_class_is_its_pattern_with_noise(registry):
    data = registry.make(
        "dataset", {"type": "synthetic", "classes": 3, "train_size": 300, "noise": 0.1}
    )
    images, labels = data.train.images, data.train.labels
    assert images.shape == (300, 1, 16, 16)
    assert np.bincount(labels).tolist() == [100, 100, 100]
    for k in range(3):
        spread = images[labels == k].std(axis=0)
        assert 0.05 < spread.mean() < 0.15
    assert (data.train.images[:32] != data.val.images).any()


@pytest.mark.parametrize(
    "words", [{"val_size": 2**63}, {"classes": 2**70}, {"shape": (1, 2**40, 2**40)}]
)
def test_more_than_there_is_memory_for(registry, words):
    with pytest.raises(NetkitError, match=r"the images need .* GiB are given: take fewer, or"):
        registry.make("dataset", {"type": "synthetic", **words})

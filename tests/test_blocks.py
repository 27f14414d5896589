"""How many images kernels work on at a time."""

import pytest

from netkit.backends.native.library import compiled
from netkit.backends.native.native import NativeBackend
from netkit.backends.numpy import NumpyBackend
from netkit.blocks import block_of, most_images
from netkit.build.parts import make_net
from netkit.config.compose import compose


def test_all_blocks_are_alike():
    assert [block_of(n, 32) for n in (1, 31, 32, 64)] == [1, 31, 32, 32]
    assert [block_of(n, 32) for n in (33, 75, 100, 67)] == [11, 25, 25, 0]
    assert [block_of(n, 16) for n in (16, 17, 32, 75)] == [16, 0, 16, 15]
    assert [block_of(n, None) for n in (1, 67, 1000)] == [1, 67, 1000]
    for n in range(1, 300):
        block = block_of(n, 32)
        assert block <= 32
        assert not block or n % block == 0


@pytest.mark.skipif(not compiled(), reason="no kernels")
@pytest.mark.parametrize(("arch", "most"), [("lenet5", 16), ("mlp", 32), ("vgg_small", 32)])
def test_a_block_fits_the_cache_where_one_of_16_images_does(registry, arch, most):
    """A small net's does with 32, and a large one's in no way."""
    cfg = compose("train", [f"arch={arch}"])
    for ops, images in (NativeBackend(1), most), (NumpyBackend(1), None):
        net = make_net(registry, cfg, (1, 28, 28), classes=10, ops=ops, coeff=0.01)
        assert most_images(net) == images

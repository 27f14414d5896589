"""Every arch at every size of image: it is built and answers, or says which sizes it takes."""

from pathlib import Path

import numpy as np
import pytest

from netkit.build.parts import make_net
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.passes import Shards

ARCHS = sorted(path.stem for path in (Path(__file__).parents[2] / "conf" / "arch").glob("*.yaml"))
SHAPES = (1, 8, 8), (1, 28, 28), (3, 32, 32), (3, 30, 41), (3, 96, 96)
SMALLEST = {
    "detector": 28,
    "lenet5": 28,
    "lenet5_eblearn": 28,
    "lenet5_modern": 28,
    "multiscale": 12,
    "resnet": 2,
}
CELL = {"finder": 8}  # pixels: nets that answer each cell of an image, which may end within one


def net_of(registry, arch, shape):
    ops = registry.make("backend", {"type": "auto", "threads": 1})
    return make_net(registry, compose("train", [f"arch={arch}"]), shape, classes=7, ops=ops)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: "x".join(map(str, shape)))
@pytest.mark.parametrize("arch", ARCHS)
def test_an_arch_takes_an_image_or_says_which(registry, arch, shape):
    least = SMALLEST.get(arch, 1)
    if min(shape[1:]) >= least:
        images = np.random.default_rng(0).integers(0, 256, (2, *shape), np.uint8)
        outputs = Shards(net_of(registry, arch, shape)).outputs(images)
        rows, columns = (-(-side // CELL[arch]) if arch in CELL else 1 for side in shape[1:])
        assert outputs.shape == (7, rows, columns, 2)
        assert np.isfinite(outputs).all()
        return
    said = (
        rf"^arch {arch} takes images from {least}x{least} on, and these are "
        rf"{shape[1]}x{shape[2]} \(.* does not fit its input .*\): give it larger ones "
        rf"\(data.size={least} of a folder\), or take arch=mobile or resnet8"
    )
    with pytest.raises(NetkitError, match=said):
        net_of(registry, arch, shape)


@pytest.mark.parametrize("arch", ["mobile", "resnet8", *SMALLEST])
def test_the_smallest_is_the_smallest(registry, arch):
    least = SMALLEST.get(arch, 1)
    net_of(registry, arch, (3, least, least))
    if least > 1:
        with pytest.raises(NetkitError, match=f"takes images from {least}x{least} on"):
            net_of(registry, arch, (3, least - 1, least))


@pytest.mark.parametrize(("arch", "most"), [("resnet8", 100_000), ("mobile", 60_000)])
def test_weights_of_the_archs_for_colour(registry, arch, most):
    net = net_of(registry, arch, (3, 32, 32))
    assert 0.7 * most < net.values.size < most


def test_what_larger_images_do_not_mend_is_said_as_it_is(registry):
    cfg = compose("train", ["arch=resnet8", "arch.layers.r2.layers.c0.stride=1"])
    ops = registry.make("backend", {"type": "numpy"})
    with pytest.raises(NetkitError, match=r"^r2: layers end with \(32, 16, 16\), the shortcut"):
        make_net(registry, cfg, (3, 16, 16), classes=10, ops=ops)

"""Which steps of the packaged archs, optimizers and augmentation training runs in Python."""

import pytest

from netkit.backends.kernel_step import KernelStep
from netkit.backends.native.library import compiled
from netkit.bench.archs import QUIET, packaged
from netkit.build.training import make_trainer
from netkit.config.compose import compose

# Steps of training that no kernel runs as a whole, by the type of their layer, and why.
IN_PYTHON = {
    "branch": "hands maps to its paths, each a call of its own, and joins their ends",
    "chain": "of augmentation: its parts are array operations, and kernels where pixels move",
}
EXPECTED = {"multiscale": ["branch"]}


def in_python(registry, tmp_path, *words):
    """Return the types of the layers that a training step runs in Python."""
    cfg = compose("train", ["backend=native", "batch_size=4", "backend.threads=1", *QUIET, *words])
    trainer = make_trainer(registry, cfg, tmp_path)
    order = trainer.begin_iteration(0)
    trainer.steps = cfg["iterations"] * len(order)
    trainer.gradient(order[:4])
    steps = trainer.shards.workers[0].contexts[0].fused
    return [layer.kind for layer, _ in steps if not isinstance(layer, KernelStep)]


@pytest.mark.skipif(not compiled(), reason="no kernels")
@pytest.mark.parametrize("arch", packaged())
def test_a_packaged_arch_is_trained_in_one_call(registry, tmp_path, arch):
    found = in_python(registry, tmp_path, f"arch={arch}")
    assert found == EXPECTED.get(arch, [])
    assert set(found) <= set(IN_PYTHON)


@pytest.mark.skipif(not compiled(), reason="no kernels")
@pytest.mark.parametrize("augment", ["digits", "photos"])
def test_augmentation_is_one_step_before_it(registry, tmp_path, augment):
    assert in_python(registry, tmp_path, "arch=resnet8", f"augment={augment}") == ["chain"]

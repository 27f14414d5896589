"""A third party's plugin: a layer, a dataset, an optimizer, a visualizer and the YAML that uses
them.
"""

import numpy as np

from netkit import Dataset, Layer, Optimizer, Visualizer, hookimpl


class Scale(Layer):
    """Multiply each map by a trained coefficient."""

    def build(self, shape):
        self.weight("c", (shape[0],), start=1.0)
        return shape

    def forward(self, x, ctx):
        c = ctx.p.c[:, None, None, None]

        def backward(dy):
            ctx.g.c += (dy * x).sum((1, 2, 3))
            return dy * c

        return x * c, backward


class Stripes(Dataset):
    """Horizontal and vertical stripes 8x8 with noise."""

    def __init__(self, size=64, seed=0):
        rng = np.random.default_rng(seed)
        stripes = np.tile([0.0, 1.0], 4)
        classes = np.stack([np.tile(stripes, (8, 1)).T, np.tile(stripes, (8, 1))])
        labels = rng.integers(0, 2, 2 * size)
        images = classes[labels] + rng.normal(0, 0.3, (2 * size, 8, 8))
        super().__init__(
            (images[:size], labels[:size]), (images[size:], labels[size:]), ["across", "down"]
        )


class SignSgd(Optimizer):
    """Move every weight by eta against the sign of its gradient."""

    def update(self, x, dx, slots, age, rate):
        x -= rate * ((dx > 0) * 1.0 - (dx < 0) * 1.0)


class Diary(Visualizer):
    """Write the test results of each iteration to diary.txt."""

    def iteration(self, trainer):
        with open(trainer.folder / "diary.txt", "a") as file:
            file.write(f"{trainer.row['test_correct']:.1f}\n")


@hookimpl
def netkit_layers():
    return {"scale": Scale}


@hookimpl
def netkit_datasets():
    return {"stripes": "netkit_stripes:Stripes"}


@hookimpl
def netkit_optimizers():
    return {"signsgd": SignSgd}


@hookimpl
def netkit_visualizers():
    return {"diary": Diary}


@hookimpl
def netkit_configs():
    return ["pkg://netkit_stripes.conf"]

"""What `netkit new-plugin` writes: a class of each kind, its test, and the files of a package."""

from typing import NamedTuple


class Template(NamedTuple):
    """A class of a kind: its code, its test, the group and text of its YAML, how to try it."""

    imports: str
    code: str
    test: str
    group: str
    yaml: str
    words: str


LAYER = Template(
    imports="from netkit import Layer, hookimpl\n",
    code='''class {cls}(Layer):
    """Multiply each map by a trained coefficient."""

    def build(self, shape):  # (C, H, W) in, (C, H, W) out
        self.weight("c", (shape[0],), start=1.0)
        return shape

    def forward(self, x, ctx):  # x (C, H, W, N): images last
        c = ctx.p.c[:, None, None, None]

        def backward(dy):  # the gradient at the output in, that at the input out
            ctx.g.c += (dy * x).sum((1, 2, 3))
            return dy * c

        return x * c, backward


@hookimpl
def netkit_layers():
    return {{"{name}": {cls}}}
''',
    test="""from netkit.testing import check_layer
from {name} import {cls}


def test_{name}():
    check_layer({cls}, (3, 6, 5))
""",
    group="arch",
    yaml="""# A perceptron with the new layer in front.
name: {name}
layers:
  {name}: {{type: {name}}}
  f0: {{type: linear, out: 100}}
  tanh0: {{type: tanh}}
  f1: {{type: linear, out: noutputs}}
""",
    words="arch={name}",
)
ENERGY = Template(
    imports="from netkit import Energy, hookimpl\n",
    code='''class {cls}(Energy):
    """Half the squared distance to +1 for the class and -1 for the others."""

    def forward(self, y, labels):  # y (K, 1, 1, N), labels (N,)
        hit = self.ops.xp.arange(y.shape[0])[:, None] == labels
        distance = y[:, 0, 0] - (2 * hit - 1).astype(y.dtype)

        def backward(scale):
            return (distance * scale)[:, None, None]

        return (distance**2 / 2).sum(0), backward

    def answer(self, y):
        return y.argmax(0), self.ops.xp.clip((y.max(0) + 1) / 2, 0, 1)


@hookimpl
def netkit_energies():
    return {{"{name}": {cls}}}
''',
    test="""from netkit.testing import check_energy
from {name} import {cls}


def test_{name}():
    check_energy({cls})
""",
    group="energy",
    yaml="type: {name}\n",
    words="energy={name}",
)
OPTIMIZER = Template(
    imports="from netkit import Optimizer, hookimpl\n"
    "from netkit.checks import Amount, ShareBelow1\n",
    code='''class {cls}(Optimizer):
    """Gradient descent along a running sum of gradients."""

    slots = ("m",)

    def __init__(self, eta: Amount = 0.01, momentum: ShareBelow1 = 0.9, **common):
        super().__init__(eta, **common)
        self.momentum = momentum

    def update(self, x, dx, slots, age, rate):  # x and dx: all weights, all gradients
        m = slots["m"]
        m *= self.momentum
        m += dx
        x -= rate * m


@hookimpl
def netkit_optimizers():
    return {{"{name}": {cls}}}
''',
    test="""from netkit.testing import check_optimizer
from {name} import {cls}


def test_{name}():
    check_optimizer({cls})
""",
    group="optimizer",
    yaml="# @package _global_\neta: 0.01\noptimizer: {{type: {name}}}\n",
    words="optimizer={name}",
)
DATASET = Template(
    imports="import numpy as np\n\nfrom netkit import Dataset, hookimpl\n"
    "from netkit.checks import Count\n",
    code='''class {cls}(Dataset):
    """Horizontal and vertical stripes, 8x8, with noise."""

    def __init__(self, size: Count = 200, seed: int = 0):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, 2, 2 * size)
        images = np.stack(np.indices((8, 8)) % 2)[labels] + rng.normal(0, 0.3, (2 * size, 8, 8))
        train, val = (images[:size], labels[:size]), (images[size:], labels[size:])
        super().__init__(train, val, ["across", "down"])


@hookimpl
def netkit_datasets():
    return {{"{name}": {cls}}}
''',
    test="""from {name} import {cls}


def test_{name}():
    data = {cls}(size=20)
    assert len(data.train) == len(data.val) == 20
    assert data.train.images.shape[1:] == (1, 8, 8)
    assert set(data.train.labels.tolist()) == {{0, 1}}
""",
    group="data",
    yaml="type: {name}\n",
    words="data={name} arch=mlp",
)
TEMPLATES = {"layer": LAYER, "energy": ENERGY, "optimizer": OPTIMIZER, "dataset": DATASET}

PYPROJECT = """[build-system]
requires = ["setuptools>=68"]
build-backend = "setuptools.build_meta"

[project]
name = "netkit-{dashed}"
version = "0.1.0"
description = "A {kind} for netkit"
requires-python = ">=3.10"
dependencies = ["netkit"]

[project.entry-points.netkit]
{name} = "{name}"  # the plugin's name in `netkit plugins` = the module that has the hooks

[tool.setuptools]
packages = ["{name}", "{name}.conf"]

[tool.setuptools.package-data]
"{name}.conf" = ["*/*.yaml"]

[tool.pytest.ini_options]
pythonpath = ["."]
"""
README = """# netkit-{dashed}

A {kind} for netkit.

```bash
pytest
pip install -e .
netkit plugins {name}
netkit train {words} iterations=3
```
"""
CONFIGS = """

@hookimpl
def netkit_configs():
    return ["pkg://{name}.conf"]
"""

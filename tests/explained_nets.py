"""A small net for the tests of explaining, and the same net in PyTorch."""

import numpy as np

import netkit

LAYERS = {
    "c0": {"type": "conv", "out": 4, "kernel": 3},
    "tanh0": {"type": "tanh"},
    "p0": {"type": "maxpool", "kernel": 2},
    "c1": {"type": "conv", "out": 6, "kernel": 3},
    "relu1": {"type": "relu"},
    "f2": {"type": "linear", "out": 5},
}
SHAPE = 2, 14, 12


def small_model(backend="numpy", energy="cross_entropy"):
    """A model in float64 whose pixels become inputs by a scale and an offset."""
    scale = {"bias": -100.0, "coeff": 0.02}
    kinds = {"shape": SHAPE, "classes": list("abcde"), "dtype": "float64", "seed": 3}
    return netkit.Model.of(LAYERS, energy=energy, backend=backend, **kinds, **scale)


def images(count=3, seed=0):
    """So many images of bytes."""
    return np.random.default_rng(seed).integers(0, 256, (count, *SHAPE), np.uint8)


def torch_net(net):
    """The layers of small_model in PyTorch, over what netkit's first layer is given."""
    import torch
    from torch import nn

    made = nn.Sequential(
        nn.Conv2d(2, 4, 3),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.Conv2d(4, 6, 3),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(6 * 4 * 3, 5),
    ).double()
    with torch.no_grad():
        for place, name in ((0, "c0"), (3, "c1"), (6, "f2")):
            for part, word in ((made[place].weight, "W"), (made[place].bias, "b")):
                given = np.asarray(net.weights[f"{name}.{word}"])
                part.copy_(torch.tensor(given.reshape(part.shape)))
    return made

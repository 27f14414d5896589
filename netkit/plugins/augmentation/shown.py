"""What a net is shown in training: images as its layers of augmentation leave them. No layer."""

from typing import TYPE_CHECKING

import numpy as np

from netkit.chain import chain
from netkit.moving import moved_labels
from netkit.plugins.augmentation.augmentation import Augmentation
from netkit.types import Array
from netkit.worker import Key, Worker

if TYPE_CHECKING:
    from netkit.layer import Layer
    from netkit.net import Net


def augments(layer: "Layer") -> bool:
    """Return whether a layer does nothing but augmentation, and so do all inside it."""
    if layer.layers:
        return all(augments(inner) for inner in layer.layers.values())
    return isinstance(layer, Augmentation)


def first_layers(net: "Net") -> dict[str, "Layer"]:
    """Return the layers of augmentation that a net begins with, by name."""
    first: dict[str, Layer] = {}
    for name, layer in net.layers.items():
        if not augments(layer):
            break
        first[name] = layer
    return first


def shown(net: "Net", images: Array, key: Key, labels: Array) -> tuple[np.ndarray, np.ndarray]:
    """Return images (N, C, H, W) as the layers that a net begins with change them, on the host.

    They are of the numbers that the data have, pixels.  key: whole numbers, (seed, step) in
    training, that the changes depend on.  labels: of the images, which are returned too: of boxes,
    (N, M, 5), where the layers have moved them.
    """
    layers, worker = first_layers(net), Worker(net, first=False)
    worker.training = True
    worker.batch_key = key
    worker.key = (*key, 0)
    with net.ops.limits():
        given, labels = net.ops.samples(np.ascontiguousarray(images), labels)
        y, _ = chain(layers, worker.to_input(given), worker.contexts[: len(layers)])
        if labels.ndim == 3:
            labels = moved_labels(labels, worker.moves, net.shape, net.ops.xp)
    pixels = net.ops.to_host(y).transpose(3, 0, 1, 2) / net.coeff - net.bias
    return np.array(pixels, np.float32), net.ops.to_host(labels)

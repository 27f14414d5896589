"""What a layer of augmentation shows of images in training."""

import numpy as np

from netkit.backends.numpy import NumpyBackend
from netkit.net import Net
from netkit.worker import Worker


def shown(registry, kind, arguments, images, *, ops=None, dtype="float64", step=0, first=0, **data):
    """Return the images (N, C, H, W) as the layer shows them, in their own order.

    first: the place of the first of them in a batch.  data: bias and coeff.
    """
    layers = registry.layers({"a": {"type": kind, **arguments}}, 10)
    net = Net(layers, images.shape[1:], ops or NumpyBackend(1), dtype=dtype, **data)
    worker = Worker(net, first=True)
    worker.training = True
    worker.batch_key = (3, step)
    worker.key = (3, step, 0)
    worker.first = first
    y, _ = net.forward(worker.to_input(net.ops.samples(images, np.zeros(1))[0]), worker.contexts)
    return net.ops.to_host(y).transpose(3, 0, 1, 2).copy()

"""Time of detection beside PyTorch running the same net over the same images: python benchmarks/detect.py

The net is the detector that netkit carries, over random images: one pass over a megapixel, and the passes of a pyramid
of eight sizes. Outputs are compared before anything is timed. Runs alternate; the table gives medians in milliseconds,
and the ratio PyTorch / netkit (more than 1: netkit is faster) of each pair with its spread.
"""

import statistics
import time

import numpy as np

from netkit.commands.detector import make_detector
from netkit.configs import compose
from netkit.detection.tiles import outputs
from netkit.registry import Registry

ROUNDS = 7


def torch_net(net):
    """Return the same net in PyTorch, from netkit's weights."""
    import torch
    from torch import nn

    def conv(name, inputs, kernel):
        W, b = net.weights[f"{name}.W"], net.weights[f"{name}.b"]
        layer = nn.Conv2d(inputs, len(b), kernel)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(W.copy()).reshape(layer.weight.shape))
            layer.bias.copy_(torch.from_numpy(b.copy()))
        return layer

    sizes = [len(net.weights[f"{name}.b"]) for name in ("c0", "c2", "c5")]
    return nn.Sequential(
        conv("c0", 1, 5), nn.ReLU(), nn.MaxPool2d(2), conv("c2", sizes[0], 5), nn.ReLU(), nn.MaxPool2d(2),
        conv("c5", sizes[1], 4), nn.ReLU(), conv("f7", sizes[2], 1),
    ).eval()  # fmt: skip


def timed(work):
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def main():
    import torch

    detector = make_detector(Registry(), compose("evaluate"))
    net, threads = detector.net, detector.nthreads
    torch.set_num_threads(threads)
    theirs, rng = torch_net(net), np.random.default_rng(0)
    cases = {
        "a megapixel": [(1000, 1000)],
        "pyramid of 8": [(round(960 / 1.4**k), round(1280 / 1.4**k)) for k in range(8)],
    }
    print(f"{threads} threads, float32, ms\n{'':14} netkit  pytorch   ratio (least..most)")
    for name, sizes in cases.items():
        images = [rng.integers(0, 256, (1, *size), dtype=np.uint8) for size in sizes]
        floats = [torch.from_numpy(image[None].astype(np.float32) * 0.01) for image in images]

        def ours(image):
            worker = detector.workers.get()
            y = outputs(worker, image).copy()  # the next pass uses its memory again
            detector.workers.put(worker)
            return y

        def netkit_pass(images=images):
            with net.ops.limits():
                return list(detector.pool.map(ours, images))

        def torch_pass(floats=floats):
            with torch.inference_mode():
                return [theirs(x) for x in floats]

        for a, b in zip(netkit_pass(), torch_pass(), strict=True):
            np.testing.assert_allclose(a[..., 0], b[0].numpy(), atol=1e-3, rtol=1e-3)
        pairs = [(timed(netkit_pass), timed(torch_pass)) for _ in range(ROUNDS + 1)][1:]
        a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
        ratios = sorted(y / x for x, y in pairs)
        print(f"{name:14} {a:6.0f} {b:8.0f}   {statistics.median(ratios):.2f}  ({ratios[0]:.2f}..{ratios[-1]:.2f})")


if __name__ == "__main__":
    main()

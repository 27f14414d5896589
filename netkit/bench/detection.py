"""Detection beside PyTorch: the net that netkit carries, run whole over images.

The outputs of both are compared before anything is timed.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.bench import measure
from netkit.build.detector import make_detector
from netkit.config.compose import compose
from netkit.detection.tiles import outputs, tiled
from netkit.errors import NetkitError
from netkit.plugins.layers.activations import Relu
from netkit.plugins.layers.batchnorm import BatchNorm
from netkit.plugins.layers.convolution import Conv
from netkit.plugins.layers.pooling import MaxPool
from netkit.registry import Registry
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.layer import Layer
    from netkit.net import Net

CASES = {
    "a megapixel": [(1000, 1000)],
    "pyramid of 8": [(round(960 / 1.4**k), round(1280 / 1.4**k)) for k in range(8)],
}


def detection_rows(
    backend: str, threads: int | None, rounds: int, *, results: dict[str, Any]
) -> Iterator[dict[str, Any]]:
    """Yield the rows: milliseconds over a megapixel, and over a pyramid of eight sizes."""
    words = [f"backend={backend}", *([f"threads={threads}"] if threads else [])]
    detector, rng = make_detector(Registry(), compose("evaluate", words)), np.random.default_rng(0)
    net = detector.net
    results.setdefault("backend", net.ops.about)
    theirs = torch_net(net, detector.nthreads)
    for name, sizes in CASES.items():
        images = [rng.integers(0, 256, (1, *size), dtype=np.uint8) for size in sizes]

        def ours(images: list[Array] = images) -> list[Array]:
            with net.ops.limits():
                large, small = (
                    [image for image in images if tiled(image) == much] for much in (True, False)
                )
                found = [
                    outputs(net, detector.answer, image, spread=detector.pool.map)
                    for image in large
                ]
                return found + list(detector.pool.map(detector.answer, small))

        calls: dict[str, Callable[[], Any]] = {f"netkit {net.ops.name}": ours}
        if theirs:
            import torch

            floats = [torch.from_numpy(image[None].astype(np.float32) * 0.01) for image in images]

            def torchs(floats: list[Any] = floats) -> list[Any]:
                with torch.inference_mode():
                    return [theirs(x) for x in floats]

            calls["torch eager"] = torchs
            for a, b in zip(ours(), torchs(), strict=True):
                measure.close(
                    np.abs(a[..., 0] - b[0].numpy()).max() / np.abs(a).max(), f"{name}: an output"
                )
        yield {"what": name, "unit": "ms", **measure.times(calls, rounds, unit=1000)}


def torch_net(net: "Net", threads: int) -> Any:
    """Return the same net in PyTorch, from netkit's weights; None where it is not installed."""
    try:
        import torch
        from torch import nn
    except ImportError:
        return None
    torch.set_num_threads(threads)

    def copied(to: Any, array: Array) -> None:
        with torch.no_grad():
            to.copy_(torch.from_numpy(np.array(array)).reshape(to.shape))

    def module(name: str, layer: "Layer", given: Shape) -> Any:
        if isinstance(layer, Conv) and not layer.pairs:  # linear too: it answers at every place
            kernel, same = layer.kernel, ("stride", "pad", "dilation", "groups", "bias")
            made: Any = nn.Conv2d(given[0], layer.out, kernel, *(getattr(layer, k) for k in same))
            arrays = {"weight": "W"} | ({"bias": "b"} if layer.bias else {})
        elif isinstance(layer, BatchNorm):
            made = nn.BatchNorm2d(given[0], layer.epsilon)
            arrays = {
                "weight": "scale",
                "bias": "shift",
                "running_mean": "mean",
                "running_var": "variance",
            }
        elif isinstance(layer, Relu):
            return nn.ReLU()
        elif isinstance(layer, MaxPool):
            return nn.MaxPool2d(layer.kernel, layer.stride)
        else:
            raise NetkitError(f"{name}: bench has no {layer.kind} of PyTorch's")
        every = {**net.weights, **net.states}
        for theirs, ours in arrays.items():
            copied(getattr(made, theirs), every[f"{name}.{ours}"])
        return made

    shapes = zip(net.layers.items(), [net.shape, *net.shapes], strict=False)
    return nn.Sequential(*(module(*item, given) for item, given in shapes)).eval()

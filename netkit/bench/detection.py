"""Detection beside PyTorch: the net that netkit carries, run whole over images.

The outputs of both are compared before anything is timed.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.bench import measure
from netkit.build.detector import make_detector
from netkit.config import compose
from netkit.detection.tiles import outputs, tiled
from netkit.registry import Registry
from netkit.types import Array

if TYPE_CHECKING:
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

    def conv(name: str, inputs: int, kernel: int) -> Any:
        W, b = net.weights[f"{name}.W"], net.weights[f"{name}.b"]
        layer: Any = nn.Conv2d(inputs, len(b), kernel)
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(W.copy()).reshape(layer.weight.shape))
            layer.bias.copy_(torch.from_numpy(b.copy()))
        return layer

    sizes = [len(net.weights[f"{name}.b"]) for name in ("c0", "c2", "c5")]
    return nn.Sequential(
        conv("c0", 1, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        conv("c2", sizes[0], 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        conv("c5", sizes[1], 4),
        nn.ReLU(),
        conv("f7", sizes[2], 1),
    ).eval()

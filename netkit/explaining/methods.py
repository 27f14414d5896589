"""The methods by name, with their settings: a heat map of the input's size from each."""

from collections.abc import Callable, Sequence
from typing import Annotated, NamedTuple, TypeAlias

import numpy as np

from netkit.checks import Bound, Checked, Count
from netkit.errors import NetkitError
from netkit.explaining.cams import gradcam, last_maps, layercam, stretched
from netkit.explaining.gradients import gradient_input, integrated, saliency, smoothgrad
from netkit.explaining.occluding import occlusion
from netkit.explaining.tracer import Target, Tracer
from netkit.types import Array

ALL = "all"
NEEDS_MAPS = "gradcam", "layercam"
Noise: TypeAlias = Annotated[float, Bound(least=0, most=10)]


class Heat(NamedTuple):
    """A heat map over one image, (H, W), and whether it has two signs: what speaks against, too."""

    map: Array
    signed: bool


class Methods(Checked):
    """Heat maps of inputs, by several methods.

    method: names of METHODS, or `all`.  layer: for gradcam and layercam; None: the last that has
    maps of more than one place.  samples, noise: of smoothgrad.  steps: of integrated.  window,
    stride: pixels a side that occlusion covers, and from one window to the next; None: an eighth of
    the shorter side, and half a window.  seed: of the noise.
    """

    def __init__(
        self,
        method: str | list[str] = ALL,
        *,
        layer: str | None = None,
        samples: Count = 25,
        noise: Noise = 0.15,
        steps: Count = 50,
        window: Count | None = None,
        stride: Count | None = None,
        seed: int = 0,
    ) -> None:
        self.names = names_of(method)
        self.layer = layer
        self.samples = samples
        self.noise = noise
        self.steps = steps
        self.window = window
        self.stride = stride
        self.seed = seed

    def check(self, tracer: Tracer) -> None:
        """Raise NetkitError for what does not fit a net; leave out of `all` what it has not."""
        if self.layer is not None:
            tracer.check_layer(self.layer)
            return
        try:
            last_maps(tracer.net)
        except NetkitError:
            if len(self.names) < len(METHODS):
                if set(self.names) & {*NEEDS_MAPS}:
                    raise
                return
            self.names = [name for name in self.names if name not in NEEDS_MAPS]

    def __call__(self, tracer: Tracer, x: Array, target: Target) -> dict[str, list[Heat]]:
        """Return {method: a Heat for each input} of inputs (N, C, H, W)."""
        self.check(tracer)
        found = {}
        for name in self.names:
            make, signed = METHODS[name]
            maps = make(self, tracer, x, target)
            if maps.ndim == 4:  # of the channels: what is said of all, or of the loudest
                maps = maps.sum(1) if signed else maps.max(1)
            if maps.shape[1:] != x.shape[2:]:
                maps = stretched(maps, x.shape[2:])
            found[name] = [Heat(one, signed) for one in maps]
        return found

    def layer_of(self, tracer: Tracer) -> str:
        """Return the layer of gradcam and layercam."""
        return self.layer or last_maps(tracer.net)

    def of_smoothgrad(self, tracer: Tracer, x: Array, target: Target) -> Array:
        """Return `smoothgrad` by the settings."""
        noise = self.noise
        return smoothgrad(tracer, x, target, samples=self.samples, noise=noise, seed=self.seed)

    def of_occlusion(self, tracer: Tracer, x: Array, target: Target) -> Array:
        """Return `occlusion` by the settings; what covers is the darkest of each set of inputs."""
        size = self.window or max(1, min(x.shape[2:]) // 8)
        step = self.stride or max(1, size // 2)
        dark = float(np.min(x))
        return occlusion(tracer, x, target, window=(size, size), stride=(step, step), baseline=dark)


Make: TypeAlias = Callable[[Methods, Tracer, Array, Target], Array]
METHODS: dict[str, tuple[Make, bool]] = {  # and whether the numbers have two signs
    "saliency": (lambda how, *given: saliency(*given), False),
    "gradient_input": (lambda how, *given: gradient_input(*given), True),
    "smoothgrad": (Methods.of_smoothgrad, False),
    "integrated": (lambda how, *given: integrated(*given, steps=how.steps), True),
    "gradcam": (lambda how, t, x, target: gradcam(t, x, target, how.layer_of(t)), False),
    "layercam": (lambda how, t, x, target: layercam(t, x, target, how.layer_of(t)), False),
    "occlusion": (Methods.of_occlusion, True),
}


def names_of(method: str | Sequence[str]) -> list[str]:
    """Return the methods that a word or a list of them names; raise NetkitError for others."""
    names = [method] if isinstance(method, str) else [str(name) for name in method]
    if ALL in names:
        return list(METHODS)
    for name in names:
        if name not in METHODS:
            raise NetkitError(f"method={name}: there are {', '.join(METHODS)}, and {ALL}")
    if not names:
        raise NetkitError(f"method=[]: name one at least: {', '.join(METHODS)}, or {ALL}")
    return names

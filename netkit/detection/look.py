"""Look: the settings by which a detector reads a net's answers over an image."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import numpy as np

from netkit.checks import Amount, Bound, Checked, Count, Number, Share, taken
from netkit.errors import NetkitError
from netkit.types import Array

BACKGROUND = "background"  # the name of the class that is no object
Border = Annotated[float, Bound(least=0, most=4)]
Factor = Annotated[float, Bound(least=0.01)]


class Look(Checked):
    """How a Detector looks at an image, and which of its answers it reports.

    threshold: the least confidence of an answer, before suppression; class_threshold: that of
    single classes, {name: confidence}; post_threshold: the least after suppression.
    hzpad, wzpad: zeros around each scaled image, as shares of the net's input.
    input_gain: times every pixel.  pre_hfact, pre_wfact, post_hfact, post_wfact: factors on the
    height and width of boxes, before suppression and after.
    bbox_ignore_outsiders: drop boxes that stick out of the image, instead of cutting them.
    background_name: the class that is no object; null: `background`, if there is one.
    mask_class: names of classes not to report.  smoothing, smoothing_kernel: see smooth.py.
    nthreads: images in flight; null: as many as the backend has threads.
    """

    def __init__(
        self,
        *,
        threshold: Share = 0.0,
        class_threshold: Mapping[str, float] | None = None,
        post_threshold: Amount = 0.0,
        hzpad: Border = 0.0,
        wzpad: Border = 0.0,
        input_gain: Number = 1.0,
        pre_hfact: Factor = 1.0,
        pre_wfact: Factor = 1.0,
        post_hfact: Factor = 1.0,
        post_wfact: Factor = 1.0,
        bbox_ignore_outsiders: bool = False,
        background_name: str | None = None,
        mask_class: Sequence[str] | None = None,
        smoothing: Literal[0, 1, 2] = 0,
        smoothing_kernel: Count = 9,
        nthreads: Count | None = None,
    ) -> None:
        self.threshold = threshold
        self.class_threshold = class_threshold or {}
        self.post_threshold = post_threshold
        self.hzpad = hzpad
        self.wzpad = wzpad
        self.input_gain = input_gain
        self.pre_factors = (pre_hfact, pre_wfact)
        self.post_factors = (post_hfact, post_wfact)
        self.bbox_ignore_outsiders = bbox_ignore_outsiders
        self.background_name = background_name
        self.mask_class = [str(name) for name in mask_class or []]
        self.smoothing = smoothing
        self.smoothing_kernel = smoothing_kernel
        self.nthreads = nthreads

    def thresholds(self, classes: list[str]) -> Array:
        """Return the least confidence of each class (K,); raise NetkitError for an unknown one."""
        least = dict.fromkeys(classes, self.threshold)
        for name, value in self.class_threshold.items():
            if str(name) not in least:
                known = ", ".join(classes)
                raise NetkitError(f"class_threshold: there is no class {name}: there are {known}")
            least[str(name)] = taken(f"class_threshold.{name}", value, Share)
        return np.array(list(least.values()), np.float64)

    def silent(self, classes: list[str]) -> list[int]:
        """Return the numbers of the classes that are never reported."""
        for name in self.mask_class:
            if name not in classes:
                known = ", ".join(classes)
                raise NetkitError(f"mask_class={name}: there is no such class: there are {known}")
        names = {*self.mask_class, self.background_name or BACKGROUND}
        return [k for k, name in enumerate(classes) if name in names]


def background_of(classes: list[str], name: str | None = None) -> int | None:
    """Return the number of the class that is no object; None if the net knows none.

    name: of that class, where it is not called `background`. Raises NetkitError if it is unknown.
    """
    if name and name not in classes:
        raise NetkitError(f"background_name={name}: the net's classes are {', '.join(classes)}")
    name = name or BACKGROUND
    return classes.index(name) if name in classes else None

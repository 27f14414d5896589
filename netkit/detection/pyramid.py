"""Pyramid: the sizes at which a net looks at an image, by EBLearn's scaling types."""

import logging
import re
from collections.abc import Sequence
from inspect import signature
from typing import Annotated, TypeAlias

from netkit.checks import Bound, Checked, Count, Number
from netkit.detection.choices import Numbered
from netkit.errors import NetkitError
from netkit.types import Shape

log = logging.getLogger("netkit")
Size: TypeAlias = tuple[int, int]  # (height, width) in pixels
MANUAL, FACTORS, NSCALES, STEP, ORIGINAL, NETWORK, STEP_UP, FIT = range(8)
TYPES = Numbered(
    (
        (MANUAL, "manual"),
        (FACTORS, "factors"),
        (NSCALES, "nscales"),
        (STEP, "step"),
        (ORIGINAL, "original"),
        (NETWORK, "network"),
        (STEP_UP, "step_up"),
        (FIT, "fit"),
    )
)
USED = {  # the settings that each type looks at
    MANUAL: {"scales"},
    FACTORS: {"scales"},
    NSCALES: {"nscales", "min_scale", "max_scale"},
    STEP: {"scaling", "min_scale", "max_scale"},
    ORIGINAL: set[str](),
    NETWORK: set[str](),
    STEP_UP: {"scaling", "min_scale", "max_scale"},
    FIT: set[str](),
}


class Pyramid(Checked):
    """The sizes (height, width) to which an image is brought, the largest first.

    scaling_type, by EBLearn's number or by name: 0 manual: the sizes in `scales`, as 200x300;
      1 factors: the factors in `scales` of the image's size; 2 nscales: `nscales` sizes from the
      largest to the smallest, each the same factor from the next; 3 step: from the largest down by
      the factor `scaling`; 6 step_up: from the smallest up by it; 4 original: the image as it is;
      5 network: the image made as small as the net allows; 7 fit: as large as fits into the net's
      input, as a net of whole images was trained.
    The largest size is the image times max_scale, the smallest the one that covers `least` (the
    net's input, as (height, width)) times min_scale. Sizes keep the image's proportions, but for
    manual ones. input_min and input_max drop sizes whose longer side is less or more.
    """

    def __init__(
        self,
        least: Shape,
        scaling_type: Annotated[int, TYPES] = STEP,
        *,
        scaling: Annotated[float, Bound(least=1.01, below=1000)] = 1.4,
        min_scale: Annotated[float, Bound(least=0.01, below=1000)] = 1.0,
        max_scale: Annotated[float, Bound(least=0.01, below=1000)] = 2.0,
        nscales: Count = 5,
        scales: Sequence[str | float] | None = None,
        input_min: Number | None = None,
        input_max: Number | None = None,
    ) -> None:
        self.least = tuple(least)
        self.scaling_type = scaling_type
        self.scaling = scaling
        self.min_scale = min_scale
        self.max_scale = max_scale
        self.nscales = nscales
        self.scales = scales
        self.input_min = input_min
        self.input_max = input_max
        named = f"scaling_type={scaling_type} ({TYPES.name(scaling_type)})"
        if "scales" in USED[scaling_type] and not scales:
            example = "[200x300,100x150]" if scaling_type == MANUAL else "[2,1,0.5]"
            raise NetkitError(f"scales={scales}: {named} needs scales={example}")
        self.manual = [read_size(s) for s in scales or []] if scaling_type == MANUAL else []
        self.given = [read_factor(s) for s in scales or []] if scaling_type == FACTORS else []
        for name in self.without_effect():
            log.warning("%s has no effect with %s", name, named)

    def without_effect(self) -> list[str]:
        """Return the settings that are not at their default and that the type does not look at."""
        defaults = {p.name: p.default for p in signature(Pyramid).parameters.values()}
        names = [name for name in defaults if any(name in used for used in USED.values())]
        return [
            name
            for name in names
            if name not in USED[self.scaling_type]
            and getattr(self, name) not in (defaults[name], [])
        ]

    def sizes(self, height: int, width: int) -> list[Size]:
        """Return the sizes for an image of (height, width), the largest first, possibly none."""
        if self.scaling_type == MANUAL:
            sizes = self.manual
        else:
            sizes = [
                (max(1, round(height * f)), max(1, round(width * f)))
                for f in self.factors(height, width)
            ]
        low, high = self.input_min or 0, self.input_max or float("inf")
        return sorted({s for s in sizes if low <= max(s) <= high}, reverse=True)

    def factors(self, height: int, width: int) -> list[float]:
        """Return the factors of the image's size, as the scaling type has them."""
        smallest = max(self.least[0] / height, self.least[1] / width)
        low, high = smallest * self.min_scale, max(self.max_scale, smallest)
        if self.scaling_type == FACTORS:
            return self.given
        if self.scaling_type == ORIGINAL:
            return [1.0]
        if self.scaling_type == FIT:
            return [min(self.least[0] / height, self.least[1] / width)]
        if self.scaling_type == NETWORK:
            return [smallest]
        if self.scaling_type == NSCALES:
            low, last = min(low, high), self.nscales - 1
            if not last:
                return [high]
            return [high * (low / high) ** (k / last) for k in range(self.nscales)]
        down = self.scaling_type == STEP
        factors, f = [], high if down else low
        while low * (1 - 1e-9) <= f <= high * (1 + 1e-9):
            factors.append(f)
            f = f / self.scaling if down else f * self.scaling
        return factors or [high]


def read_size(value: object) -> Size:
    """Return one of manual `scales`, such as "200x300", as (height, width)."""
    size = re.fullmatch(r"(\d+)x(\d+)", str(value))
    if not size or not int(size[1]) * int(size[2]):
        raise NetkitError(f"scales: {value!r} is no size: write HEIGHTxWIDTH, as 200x300")
    return int(size[1]), int(size[2])


def read_factor(value: object) -> float:
    """Return one of `scales` as a factor of the image's size."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.01 <= value <= 100:
        raise NetkitError(f"scales: {value!r} is no factor: give a number from 0.01 to 100")
    return float(value)

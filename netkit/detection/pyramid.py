"""Pyramid: the sizes at which a net looks at an image, by EBLearn's scaling types."""

import logging
import re

from netkit.errors import NetkitError

log = logging.getLogger("netkit")
TYPES = {
    0: "manual",
    1: "factors",
    2: "nscales",
    3: "step",
    4: "original",
    5: "network",
    6: "step_up",
}
USED = {  # the settings that each type looks at
    0: {"scales"},
    1: {"scales"},
    2: {"nscales", "min_scale", "max_scale"},
    3: {"scaling", "min_scale", "max_scale"},
    4: set(),
    5: set(),
    6: {"scaling", "min_scale", "max_scale"},
}


class Pyramid:
    """The sizes (height, width) to which an image is brought, the largest first.

    scaling_type, by EBLearn's number or by name: 0 manual: the sizes in `scales`, as 200x300;
      1 factors: the factors in `scales` of the image's size; 2 nscales: `nscales` sizes from the
      largest to the smallest, each the same factor from the next; 3 step: from the largest down by
      the factor `scaling`;      6 step_up: from the smallest up by it; 4 original: the image as it
      is;      5 network: the image made as small as the net allows.
    The largest size is the image times max_scale, the smallest the one that covers `least` (the
    net's input, as (height, width)) times min_scale. Sizes keep the image's proportions, but for
    manual ones. input_min and input_max drop sizes whose longer side is less or more.
    """

    def __init__(
        self,
        least,
        scaling_type=3,
        scaling=1.4,
        min_scale=1.0,
        max_scale=2.0,
        nscales=5,
        scales=None,
        input_min=None,
        input_max=None,
    ):
        self.least, self.kind = tuple(least), scaling_number(scaling_type)
        numbers = {
            "scaling": (scaling, 1.01),
            "min_scale": (min_scale, 0.01),
            "max_scale": (max_scale, 0.01),
        }
        for name, (value, low) in numbers.items():
            if (
                isinstance(value, bool)
                or not isinstance(value, (int, float))
                or not low <= value < 1000
            ):
                raise NetkitError(f"{name}={value}: give a number from {low}")
        if isinstance(nscales, bool) or not isinstance(nscales, int) or nscales < 1:
            raise NetkitError(f"nscales={nscales}: give a whole number from 1")
        self.scaling, self.min_scale, self.max_scale, self.nscales = (
            scaling,
            min_scale,
            max_scale,
            nscales,
        )
        self.scales = [read_scale(s, self.kind) for s in scales or []] if self.kind < 2 else []
        if self.kind < 2 and not self.scales:
            example = "[200x300,100x150]" if self.kind == 0 else "[2,1,0.5]"
            raise NetkitError(
                f"scales={scales}: scaling_type={self.kind} ({TYPES[self.kind]}) needs scales={example}"
            )
        self.input_min, self.input_max = input_min, input_max
        given = {
            "scaling": scaling != 1.4,
            "min_scale": min_scale != 1,
            "max_scale": max_scale != 2,
            "nscales": nscales != 5,
            "scales": bool(scales),
        }
        for name in given:
            if given[name] and name not in USED[self.kind]:
                log.warning(
                    "%s has no effect with scaling_type=%d (%s)", name, self.kind, TYPES[self.kind]
                )

    def sizes(self, height, width):
        """Return the sizes for an image of (height, width): a list of pairs, possibly empty."""
        if self.kind == 0:
            sizes = list(self.scales)
        else:
            sizes = [
                (max(1, round(height * f)), max(1, round(width * f)))
                for f in self.factors(height, width)
            ]
        low, high = self.input_min or 0, self.input_max or float("inf")
        return sorted({s for s in sizes if low <= max(s) <= high}, reverse=True)

    def factors(self, height, width):
        """Return the factors of the image's size, by type."""
        smallest = max(self.least[0] / height, self.least[1] / width)
        low, high = smallest * self.min_scale, max(self.max_scale, smallest)
        if self.kind == 1:
            return self.scales
        if self.kind == 4:
            return [1.0]
        if self.kind == 5:
            return [smallest]
        if self.kind == 2:
            low, last = min(low, high), self.nscales - 1
            return (
                [high * (low / high) ** (k / last) for k in range(self.nscales)] if last else [high]
            )
        factors, f = [], high if self.kind == 3 else low
        while low * (1 - 1e-9) <= f <= high * (1 + 1e-9):
            factors.append(f)
            f = f / self.scaling if self.kind == 3 else f * self.scaling
        return factors or [high]


def scaling_number(value):
    """Return EBLearn's number of a scaling type given as number or name."""
    numbers = {**{k: k for k in TYPES}, **{name: k for k, name in TYPES.items()}}
    if isinstance(value, bool) or value not in numbers:
        raise NetkitError(
            f"scaling_type={value}: there are " + ", ".join(f"{k} ({n})" for k, n in TYPES.items())
        )
    return numbers[value]


def read_scale(value, kind):
    """Return one of `scales`: a size as (height, width), or a factor."""
    if kind == 0:
        size = re.fullmatch(r"(\d+)x(\d+)", str(value))
        if not size or not int(size[1]) * int(size[2]):
            raise NetkitError(f"scales: {value!r} is no size: write HEIGHTxWIDTH, as 200x300")
        return int(size[1]), int(size[2])
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0.01 <= value <= 100:
        raise NetkitError(f"scales: {value!r} is no factor: give a number from 0.01 to 100")
    return float(value)

"""EBLearn's names of colours: the name says of what, to what, and what of it is normalised."""

from typing import Literal

from netkit.checks import Amount, Number, Pair
from netkit.plugins.layers.colour import Colour


class Converted(Colour):
    """Turn colours into the channels that the class says, at zero mean and unit deviation."""

    channels = "rgb"
    source: Literal["rgb", "y"] = "rgb"

    def __init__(self, global_norm: bool = True, white: Number = 255.0) -> None:
        super().__init__(self.channels, of=self.source, global_norm=global_norm, white=white)


class Normalised(Colour):
    """Turn colours into the channels that the class says, those with a p normalised.

    global_norm acts on the channels without a p alone, as in EBLearn.
    """

    channels = "rgbp"
    source: Literal["rgb", "y"] = "rgb"

    def __init__(
        self,
        kernel: Pair,
        mirror: bool = True,
        epsilon: Amount = 1e-6,
        *,
        global_norm: bool = True,
        white: Number = 255.0,
    ) -> None:
        super().__init__(
            self.channels,
            kernel,
            of=self.source,
            mirror="repeat" if mirror else False,
            epsilon=epsilon,
            global_norm=global_norm,
            white=white,
        )


class RgbToRgb(Converted):
    """Bring R, G and B together to zero mean and unit deviation over the whole image."""


class RgbToY(Converted):
    """Return the luminance Y, at zero mean and unit deviation over the whole image."""

    channels = "y"


class RgbToYuv(Converted):
    """Return Y, U and V: Y, and U and V together, at zero mean and unit deviation."""

    channels = "yuv"


class YToY(Converted):
    """Bring luminance to zero mean and unit deviation over the whole image."""

    channels = "y"
    source = "y"


class RgbToRgbp(Normalised):
    """Normalise the contrast of R, G and B together."""


class RgbToYp(Normalised):
    """Return the luminance Y with its contrast normalised."""

    channels = "yp"


class RgbToYpuv(Normalised):
    """Return Y with its contrast normalised, and U and V together at zero mean and unit deviation.

    global_norm=false: U and V become (x - 128) / 100 instead.
    """

    channels = "ypuv"


class RgbToYuvp(Normalised):
    """Return Y, U and V, their contrast normalised together."""

    channels = "yuvp"


class RgbToYpuvp(Normalised):
    """Return Y with its contrast normalised, and U and V together."""

    channels = "ypuvp"


class RgbToYpupvp(Normalised):
    """Return Y, U and V, each with its contrast normalised by itself."""

    channels = "ypupvp"


class YToYp(Normalised):
    """Normalise the contrast of images with one channel, luminance."""

    channels = "yp"
    source = "y"

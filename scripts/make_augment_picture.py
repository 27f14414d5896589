"""Make the picture of docs/augment.md: each part of augmentation, and photos, on one photograph.

    python scripts/make_augment_picture.py

The photograph is Rear Admiral Grace Hopper's portrait (James S. Davis, US Navy, 1984; public
domain), which matplotlib has among its sample data.
"""

from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image

from netkit.backends.numpy import NumpyBackend
from netkit.build.augment import augmented
from netkit.config.compose import compose
from netkit.net import Net
from netkit.pictures.augmented import draw_augmented
from netkit.plugins.augmentation.shown import shown
from netkit.registry import Registry

PAGE = Path(__file__).parent.parent / "docs" / "augment.png"
FACE, SIZE, VIEWS = (150, 50, 406, 306), 64, 9  # pixels of the photograph, of the sheet; columns
PARTS = {
    "flip": ["augment.flip=true"],
    "shift": ["augment.shift=10"],
    "reflect": ["augment.shift=10", "augment.fill=reflect"],
    "jitter": ["augment.jitter=true", "augment.layers.jitter.shift=4"],
    "brightness": ["augment.brightness=0.5"],
    "contrast": ["augment.contrast=0.7"],
    "saturation": ["augment.saturation=1"],
    "hue": ["augment.hue=0.1"],
    "blur": ["augment.blur=2"],
    "noise": ["augment.noise=0.15"],
    "cutout": ["augment.cutout=20"],
    "photos": ["augment=photos", "augment.shift=8", "augment.cutout=16"],
}


def main() -> None:
    """Draw it."""
    photograph = Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg"
    face = Image.open(photograph).convert("RGB").crop(FACE).resize((SIZE, SIZE))
    images = np.asarray(face).transpose(2, 0, 1)[None]
    rows = [views(words, images) for words in PARTS.values()]
    columns = [np.concatenate(column) for column in zip(*rows, strict=True)]
    as_it_is = np.repeat(images, len(PARTS), 0)
    picture = draw_augmented(
        as_it_is, columns, list(PARTS), title="Augmentation", note="netkit train augment.PART=VALUE"
    )
    picture.quantize(128, dither=Image.Dither.NONE).save(PAGE, optimize=True)
    print(f"{PAGE}: {PAGE.stat().st_size // 1024} KB")


def views(words: list[str], images: np.ndarray) -> list[np.ndarray]:
    """Return an image as often as there are columns, as the layers that words ask for show it."""
    specs = augmented(compose("train", ["arch=linear", *words]), images)["arch"]["layers"]
    net = Net(
        Registry().layers(specs, 10), images.shape[1:], NumpyBackend(1), bias=-128, coeff=0.01
    )
    return [shown(net, images, (0, k)) for k in range(VIEWS)]


if __name__ == "__main__":
    main()

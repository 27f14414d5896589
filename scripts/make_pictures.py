"""Make the pictures of the README: python scripts/make_pictures.py  (trains the default net, then detects)."""

import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

TARGET = Path(__file__).parent.parent / "docs" / "digits.png"


def main():
    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, "-m", "netkit.cli"]
        subprocess.run([*run, "train", "arch=lenet5", f"hydra.run.dir={folder}/train"], check=True)
        subprocess.run([*run, "detect", f"weights={folder}/train", f"hydra.run.dir={folder}/detect"], check=True)
        digits = [Image.open(f"{folder}/detect/{k}.png").resize((140, 140)) for k in range(10)]
        strip = Image.new("RGB", (5 * 144 - 4, 2 * 144 - 4), "white")
        for k, digit in enumerate(digits):
            strip.paste(digit, (k % 5 * 144, k // 5 * 144))
        strip.quantize(32).save(TARGET, optimize=True)
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

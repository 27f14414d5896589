"""Make the picture of docs/explain.md: digits that a net answers wrongly, and why.

python scripts/make_explain_picture.py
"""

import tempfile
from pathlib import Path

from PIL import Image

from netkit.commands.explain import explain
from netkit.commands.train import run
from netkit.config.compose import compose
from netkit.pictures.explained import draw_explained

PAGE = Path(__file__).parent.parent / "docs" / "explain.png"
ROWS = 3


def main() -> None:
    """Train a net of the README, explain its worst answers, draw them."""
    with tempfile.TemporaryDirectory() as folder:
        words = ["arch=lenet5_modern", "energy=cross_entropy"]
        run(compose("train", words), Path(folder) / "run", quiet=True)
        wanted = [f"weights={folder}/run", f"count={ROWS}", "nearest=4", "save_images=false"]
        rows = explain(compose("explain", wanted), Path(folder) / "out")
    picture = draw_explained(rows, "Why?", "netkit explain weights=outputs/DATE/TIME")
    picture.quantize(96, dither=Image.Dither.NONE).save(PAGE, optimize=True)
    print(f"{PAGE}: {PAGE.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()

"""Pictures of discs and bars with YOLO's boxes, for tests of windows."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

INKS = (220, 60, 60), (60, 60, 220)  # of a disc, of a bar


def write_shapes(folder: Path, count: int, *, seed: int = 0, grey: bool = False) -> Path:
    """Write so many pictures with one to three things each, as YOLO has them; return the folder."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("disc\nbar\n")
    for number in range(count):
        width, height = int(rng.integers(100, 160)), int(rng.integers(80, 120))
        noise = rng.normal(90, 12, (height, width, 3))
        picture = Image.fromarray(np.clip(noise, 0, 255).astype(np.uint8))
        draw, lines = ImageDraw.Draw(picture), []
        for corner in rng.permutation(3)[: rng.integers(1, 4)]:
            label, side = int(rng.integers(2)), int(rng.integers(20, 36))
            w, h = (side, side) if label == 0 else (side, side // 2)
            x, y = (5, 5) if corner == 0 else (width - w - 5, 8) if corner == 1 else (8, height - h)
            shape = draw.ellipse if label == 0 else draw.rectangle
            shape((x, y, x + w - 1, y + h - 1), fill=INKS[label])
            centre = (x + w / 2) / width, (y + h / 2) / height
            numbers = *centre, w / width, h / height
            lines.append(" ".join([str(label), *(f"{v:.6f}" for v in numbers)]) + "\n")
        picture = picture.convert("L") if grey else picture
        picture.save(folder / f"{number:03d}.png")
        (folder / f"{number:03d}.txt").write_text("".join(lines))
    return folder

"""Pictures of coloured shapes with boxes around them, for tests of what finds boxes."""

from math import exp

import numpy as np
from PIL import Image, ImageDraw

NAMES = "disc", "square"


def picture(rng, width=96, height=80, most=4):
    """Return a picture of some shapes on a texture, and rows of (class, x0, y0, x1, y1)."""
    coarse = rng.normal(rng.integers(70, 180, 3), 30, (height // 8, width // 8, 3))
    ground = Image.fromarray(np.clip(coarse, 0, 255).astype(np.uint8))
    image = ground.resize((width, height), Image.Resampling.BILINEAR)
    draw, rows = ImageDraw.Draw(image), []
    for _ in range(rng.integers(1, most + 1)):
        side, aspect = rng.uniform(14, 30), exp(rng.uniform(-0.3, 0.3))
        w, h = side * aspect, side / aspect
        x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
        box = x, y, x + w, y + h
        if any(x < r[3] and box[2] > r[1] and y < r[4] and box[3] > r[2] for r in rows):
            continue
        kind = int(rng.integers(0, 2))
        colour = tuple(int(c) for c in (rng.integers(180, 256), rng.integers(0, 90), 40))
        (draw.rectangle if kind else draw.ellipse)(box, fill=colour)
        rows.append((kind, *box))
    return image, rows


def write_yolo(folder, count, seed=0, **options):
    """Write so many pictures with their boxes as YOLO has them; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "classes.txt").write_text("\n".join(NAMES))
    rng, paths = np.random.default_rng(seed), []
    for k in range(count):
        image, rows = picture(rng, **options)
        lines = [
            f"{kind} {(x0 + x1) / 2 / image.width} {(y0 + y1) / 2 / image.height} "
            f"{(x1 - x0) / image.width} {(y1 - y0) / image.height}"
            for kind, x0, y0, x1, y1 in rows
        ]
        paths.append(folder / f"p{k:03d}.png")
        image.save(paths[-1])
        paths[-1].with_suffix(".txt").write_text("\n".join(lines))
    return paths

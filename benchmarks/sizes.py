"""Things of very different sizes in one set: python benchmarks/sizes.py [--minutes 8]

Pictures of 640x480 with one to seven things of five kinds, from 24 to 420 pixels, each size as
likely as twice it, in colours of their own on mottled grounds: 300 to train on, 100 to test on.
`netkit train arch=finder data=boxes` learns them for so many minutes; the last weights are tested
once, and how many are missed is said by size. Kept in benchmarks/results/sizes.json.
"""

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
from boxes import tested, timed, trained
from PIL import Image, ImageDraw

from netkit.types import Array

KEPT = Path(__file__).parent / "results" / "sizes.json"
KINDS = "disc", "ring", "frame", "triangle", "cross"
WIDTH, HEIGHT = 640, 480
SMALLEST, LARGEST = 24, 420  # pixels
EDGES = 0, 32, 64, 128, 192, 300, 1000  # pixels of the pictures
PARTS = {"train": (300, 1), "val": (100, 2)}  # how many, and the seed


def main() -> None:
    """Make the pictures, train, test, and keep what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="other settings, as of netkit train")
    parser.add_argument("--minutes", type=float, default=8)
    options = parser.parse_intermixed_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder, "things")
        for part, (count, seed) in PARTS.items():
            write(root / part, count, np.random.default_rng(seed))
        (root / "data.yaml").write_text(
            f"train: train/images\nval: val/images\nnames: [{', '.join(KINDS)}]\n"
        )
        words = [f"root={root}", *options.words]
        iterations = max(1, int(60 * options.minutes / timed(words, choose=False)))
        trainer = trained([*words, f"iterations={iterations}"], Path(folder, "run"), choose=False)
        with trainer.net.ops.limits():
            found = tested(trainer)
    scale = min(trainer.net.shape[1] / HEIGHT, trainer.net.shape[2] / WIDTH)
    rows = found.metrics.by_size([edge * scale for edge in EDGES])
    kept = {
        "mAP@0.5": round(found.map, 4),
        "AP@0.5": {k: round(v, 4) for k, v in found.metrics.summary()["AP@0.5"].items()},
        "iterations": iterations,
        "minutes": options.minutes,
        "words": options.words,
        "missed by size": {
            f"{low} to {high}": {"of": of, "missed": missed}
            for low, high, (_, _, of, missed) in zip(EDGES, EDGES[1:], rows, strict=False)
        },
    }
    print(json.dumps(kept, indent=1))
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")


def write(folder: Path, count: int, rng: np.random.Generator) -> None:
    """Write so many pictures and their labels as YOLO has them."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    for number in range(count):
        picture, lines = Image.fromarray(ground(rng)), []
        taken: list[tuple[int, int, int, int]] = []
        for _ in range(rng.integers(1, 8)):
            high = int(np.exp(rng.uniform(np.log(SMALLEST), np.log(LARGEST))))
            wide = min(int(high * np.exp(rng.normal(0, 0.15))), WIDTH - 1)
            x, y = int(rng.integers(WIDTH - wide)), int(rng.integers(HEIGHT - high))
            box = x, y, x + wide, y + high
            if any(hides(box, other) for other in taken):
                continue
            kind = int(rng.integers(len(KINDS)))
            thing = drawn(KINDS[kind], (wide, high), rng)
            picture.paste(thing, (x, y), thing)
            taken.append(box)
            numbers = (x + wide / 2) / WIDTH, (y + high / 2) / HEIGHT, wide / WIDTH, high / HEIGHT
            lines.append(" ".join([str(kind), *(f"{v:.6f}" for v in numbers)]) + "\n")
        picture.save(folder / "images" / f"{number:04d}.jpg", quality=85)
        (folder / "labels" / f"{number:04d}.txt").write_text("".join(lines))


def hides(box: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Return whether a box lies on another one that is less than five times as large."""
    apart = box[2] <= other[0] or box[0] >= other[2] or box[3] <= other[1] or box[1] >= other[3]
    area, old = ((b[2] - b[0]) * (b[3] - b[1]) for b in (box, other))
    return not apart and area >= old / 5


def ground(rng: np.random.Generator) -> Array:
    """Return a mottled ground, (H, W, 3) of bytes: spots of many sizes and grain."""
    sums = rng.normal(rng.uniform(70, 180), 6, (HEIGHT, WIDTH, 3))
    for side in (4, 8, 16, 32, 64):
        spots = rng.normal(0, 1, (HEIGHT // side + 2, WIDTH // side + 2, 3)).astype(np.float32)
        spots += rng.normal(0, 1, (*spots.shape[:2], 1)).astype(np.float32)
        for k in range(3):
            large = Image.fromarray(spots[..., k]).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
            sums[..., k] += np.asarray(large) * (2 * side**0.5)
    return np.clip(sums, 0, 255).astype(np.uint8)


def drawn(kind: str, size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """Return a thing of (width, height) in a colour of its own, clear around it."""
    wide, high = 2 * size[0], 2 * size[1]  # drawn twice as large, for smooth edges
    first, second = (tuple(int(v) for v in rng.integers(0, 256, 3)) for _ in range(2))
    picture = Image.new("RGBA", (wide, high), (*first, 0))
    draw, box, thick = ImageDraw.Draw(picture), (0, 0, wide - 1, high - 1), max(2, int(0.18 * high))
    if kind == "disc":
        draw.ellipse(box, fill=first)
    elif kind == "ring":
        draw.ellipse(box, outline=first, width=thick)
    elif kind == "frame":
        draw.rectangle(box, fill=first)
        draw.rectangle((wide * 0.3, high * 0.3, wide * 0.7, high * 0.7), fill=second)
    elif kind == "triangle":
        draw.polygon([(wide / 2, 0), (wide - 1, high - 1), (0, high - 1)], fill=first)
    else:
        draw.rectangle((wide / 2 - thick, 0, wide / 2 + thick, high - 1), fill=first)
        draw.rectangle((0, high / 2 - thick, wide - 1, high / 2 + thick), fill=first)
    return picture.resize(size, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()

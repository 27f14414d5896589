"""Kill netkit classify over many tiny images again and again; nothing is lost, nothing twice.

    python scripts/kill_shards.py --images 100000 --kills 5 [--shards 2]

Each share is begun and gone on with by one and the same line, killed (SIGKILL) at random times, and
put together by netkit merge. Exit code 1 if an image is missing or there twice, in answers.jsonl or
in answers.csv.
"""

import argparse
import collections
import csv
import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = "dark", "light"
SLOW = 30.0  # seconds after which a process that has written nothing is left alone


def make_images(root: Path, number: int) -> None:
    """Write tiny pictures of two classes."""
    rng = np.random.default_rng(0)
    for k, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        pixels = rng.integers(100 * k, 100 * k + 100, (number // 2, 8, 8), np.uint8)
        for i, one in enumerate(pixels):
            Image.fromarray(one).save(root / name / f"{i}.png")


def netkit(home: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start a command in a folder."""
    command = [sys.executable, "-m", "netkit.cli", *words]
    return subprocess.Popen(command, cwd=home, stdout=subprocess.DEVNULL)


def kill_at_random(home: Path, words: list[str], lines: Path, rng: random.Random) -> int:
    """Run a command and kill it once it has written more than was there; return its exit code."""
    before = lines.stat().st_size if lines.exists() else 0
    process = netkit(home, *words)
    began, wait = time.monotonic(), rng.uniform(0, 0.3)
    while process.poll() is None and time.monotonic() - began < SLOW:
        if lines.exists() and lines.stat().st_size != before:
            time.sleep(wait)
            break
        time.sleep(0.002)
    process.kill()
    return process.wait()


def run(home: Path, images: int, kills: int, shards: int, seed: int = 0) -> dict[str, int]:
    """Return what was found: images, lines, those missing and twice, kills that met a process."""
    rng = random.Random(seed)
    make_images(home / "images", images)
    train = ["train", "data=folder", "root=images", "data.size=8", "data.per_class=50"]
    train += ["arch=linear", "iterations=1", "report=false", "hydra.run.dir=net"]
    assert netkit(home, *train).wait() == 0
    met = 0
    for k in range(1, shards + 1):
        words = ["classify", "weights=net", "input=images", f"shard={k}/{shards}"]
        words += [f"resume=found/{k}", "print_answers=false", "batch_size=4"]
        for _ in range(kills):
            met += kill_at_random(home, words, home / f"found/{k}/answers.jsonl", rng) != 0
        assert netkit(home, *words).wait() == 0
    folders = [f"found/{k}" for k in range(1, shards + 1)]
    assert netkit(home, "merge", *folders, "whole").wait() == 0
    return checked(home, images) | {"kills": met}


def checked(home: Path, images: int) -> dict[str, int]:
    """Count the images in what was put together, by answers.jsonl and by answers.csv."""
    there = {str(p.relative_to(home)) for p in (home / "images").rglob("*.png")}
    with open(home / "whole/answers.jsonl") as file:
        lines = collections.Counter(json.loads(line)["image"] for line in file)
    with open(home / "whole/answers.csv") as file:
        table = collections.Counter(row["image"] for row in csv.DictReader(file))
    for k in home.glob("found/*/answers.csv"):
        with open(k) as file:
            table.subtract(row["image"] for row in csv.DictReader(file))
    measured = json.loads((home / "whole/evaluation.json").read_text())
    return {
        "images": images,
        "lines": lines.total(),
        "missing": len(there - lines.keys()),
        "twice": sum(n > 1 for n in lines.values()),
        "csv_differs": sum(n != 0 for n in table.values()),
        "measured": measured["images"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=100_000)
    parser.add_argument("--kills", type=int, default=5, help="of each share")
    parser.add_argument("--shards", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = run(Path(folder), given.images, given.kills, given.shards, given.seed)
    print(", ".join(f"{name} {value:,}" for name, value in found.items()))
    right = found["lines"] == found["measured"] == given.images
    sys.exit(not right or any(found[name] for name in ("missing", "twice", "csv_differs")))


if __name__ == "__main__":
    main()

"""Processes that are killed: what comes of their work in the end is whole, and nothing is twice."""

import json
import subprocess
import sys
import time

import kill_shards
import numpy as np
from PIL import Image


def test_classify_of_two_shards(tmp_path):
    found = kill_shards.run(tmp_path, images=3000, kills=1, shards=2)
    assert found["kills"] >= 1
    assert found["lines"] == found["measured"] == 3000
    assert found["missing"] == found["twice"] == found["csv_differs"] == 0


def test_detect_with_pictures(tmp_path):
    (tmp_path / "in").mkdir()
    rng = np.random.default_rng(0)
    for k in range(120):
        pixels = rng.integers(0, 255, (28, 28), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "in" / f"{k}.png")
    words = ["detect", "input=in", "resume=out", "save_csv=true", "bbox_saving=2", "threads=1"]
    command = [sys.executable, "-m", "netkit.cli", *words]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL)
    lines = tmp_path / "out/detections.jsonl"
    while process.poll() is None and not (lines.exists() and lines.stat().st_size > 800):
        time.sleep(0.002)
    process.kill()
    assert process.wait() == -9
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert "120 images (" in done.stdout
    rows = [json.loads(line) for line in lines.read_text().splitlines()]
    assert sorted(row["image"] for row in rows) == sorted(f"in/{k}.png" for k in range(120))
    pictures = sorted(path.name for path in (tmp_path / "out").glob("*.png"))
    assert pictures == sorted(f"{k}.png" for k in range(120))
    boxes = sum(len(row["detections"]) for row in rows)
    assert len((tmp_path / "out/detections.csv").read_text().splitlines()) == boxes + 1
    assert len((tmp_path / "out/bbox.txt").read_text().splitlines()) == boxes
    assert not (tmp_path / "out/.pending").exists()

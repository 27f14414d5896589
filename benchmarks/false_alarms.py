"""Digits that a detector finds in photographs without any.

    python benchmarks/false_alarms.py [--choose] [weights=RUN] [NAME=VALUE ...]

The photographs are those that scikit-image, scikit-learn and matplotlib bring along, without those
that show writing: their wheels are fetched with pip into a folder of the user's cache. Of the names
in order, those at even places are to choose settings on, the others to measure; --choose looks at
the first alone. Prints false alarms
a photograph at the threshold that the detector has by itself and at others, and writes
benchmarks/results/false_alarms.json (not with --choose). NAME=VALUE: variables of netkit detect.
"""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from netkit.build.detector import make_detector, with_defaults
from netkit.build.parts import settings
from netkit.config.compose import compose
from netkit.detection.preparation import Preparation
from netkit.files.images import read_image
from netkit.plugins.datasets.downloads import folder_of
from netkit.registry import Registry

RESULTS = Path(__file__).parent / "results" / "false_alarms.json"
WHEELS = "scikit-image==0.26.0", "scikit-learn==1.9.1", "matplotlib==3.11.2"
FOLDERS = "skimage/data/", "sklearn/datasets/images/", "matplotlib/mpl-data/sample_data/"
PHOTOGRAPHS = [  # of what is there: no drawings, clocks and printed pages
    *("astronaut.png", "brick.png", "camera.png", "cell.png", "chelsea.png", "china.jpg"),
    *("coffee.png", "coins.png", "flower.jpg", "grace_hopper.jpg", "grass.png", "gravel.png"),
    *("hubble_deep_field.jpg", "ihc.png", "lfw_subset.npy", "microaneurysms.png", "moon.png"),
    *("motorcycle_left.png", "retina.jpg", "rocket.jpg"),
]
THRESHOLDS = 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 0.98


def main(words: list[str]) -> None:
    """Count, print and write."""
    choose = "--choose" in words
    words = [word for word in words if word != "--choose"]
    folder = fetched(folder_of("photographs"))
    cfg = compose("detect", words)
    detector = make_detector(Registry(), cfg)
    filled = with_defaults(cfg, detector.looking)
    prepare = Preparation(**settings(filled, Preparation))
    paths = sorted(folder.iterdir(), key=lambda path: path.name)[:: 2 if choose else 1]
    images = ((path.name, prepare(read_image(path, detector.net.shape[0]))) for path in paths)
    found = {name: [d.confidence for d in some] for name, some in detector.each(images)}
    halves = {"choose": sorted(found)}
    if not choose:
        halves = {"choose": sorted(found)[::2], "measure": sorted(found)[1::2]}
    own = float(filled["post_threshold"])
    rows: dict[str, Any] = {"threshold": own, "words": words}
    for half, names in halves.items():
        alarms = np.concatenate([np.zeros(0), *(found[name] for name in names)])
        counts = {t: float((alarms >= t).sum() / len(names)) for t in (own, *THRESHOLDS)}
        print(f"{half}: " + "  ".join(f"{n:.2f} at {t:g}" for t, n in sorted(counts.items())))
        each = {name: sum(c >= own for c in found[name]) for name in names}
        print("   at its own: " + "  ".join(f"{name} {n}" for name, n in each.items()))
        rows[half] = {"photographs": each, "a_photograph": {f"{t:g}": n for t, n in counts.items()}}
    if not choose:
        RESULTS.write_text(json.dumps(rows, indent=1) + "\n")


def fetched(folder: Path) -> Path:
    """Return a folder with the photographs, fetched if they are not there."""
    if all((folder / png(name)).is_file() for name in PHOTOGRAPHS):
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    wheels = folder.parent / "photographs_wheels"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "-q", "-d", str(wheels)]
    subprocess.run([*command, *WHEELS], check=True)
    for wheel in wheels.glob("*.whl"):
        with zipfile.ZipFile(wheel) as files:
            for name in files.namelist():
                if name.startswith(FOLDERS) and (last := name.rsplit("/")[-1]) in PHOTOGRAPHS:
                    picture(files.read(name), last).save(folder / png(last))
    return folder


def picture(data: bytes, name: str) -> Image.Image:
    """Return a photograph in a file; of the 200 faces in lfw_subset.npy a sheet of them."""
    if not name.endswith(".npy"):
        return Image.open(io.BytesIO(data)).convert("RGB")
    faces = np.load(io.BytesIO(data))[:200].reshape(10, 20, 25, 25)
    sheet = faces.transpose(0, 2, 1, 3).reshape(250, 500)
    return Image.fromarray(np.uint8(np.clip(sheet, 0, 1) * 255))


def png(name: str) -> str:
    """Return the name of a photograph's file here."""
    return f"{Path(name).stem}.png"


if __name__ == "__main__":
    main(sys.argv[1:])

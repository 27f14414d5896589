"""Memory and time of a long COCO file: python benchmarks/long_coco.py [--megabytes 1000]

Makes a COCO file of so many megabytes in a temporary folder, with boxes alone and with polygons of
24 points, and small pictures of 100 boxes each. Reads each by `netkit data show` and as the data of
`netkit train data=boxes`, in processes of their own, and prints the most memory that they held (the
resident set, as the system counts it), as a share of the file, and processor seconds. What was
measured is kept in benchmarks/results/long_coco.json; --output FILE keeps it elsewhere.
"""

import argparse
import io
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

KEPT = Path(__file__).parent / "results" / "long_coco.json"
A_PICTURE = 100  # boxes
SIZE = 64, 48  # width and height of a picture
POINTS = 24  # of a polygon
CLASSES = 80
READ = """
import sys
from netkit.build.parts import make_data
from netkit.config.compose import compose
from netkit.registry import Registry
cfg = compose("train", ["arch=finder", "data=boxes", "root=" + sys.argv[1], "data.size=[48,64]"])
print(len(make_data(Registry(), cfg).train), "pictures to train on")
"""


def write(folder: Path, megabytes: float, *, polygons: bool) -> int:
    """Write a COCO file of about so many megabytes, and its pictures; return how many boxes."""
    rng, number = np.random.default_rng(0), 0
    (folder / "images").mkdir(parents=True)
    file, names = folder / "annotations.json", list[str]()
    with open(file, "w") as out:
        out.write('{"annotations": [')
        while not number or out.tell() < 1e6 * megabytes:
            names.append(f"{len(names):06d}.png")
            corners = rng.uniform(0, 30, (A_PICTURE, 2)).round(2)
            sides = rng.uniform(3, 17, (A_PICTURE, 2)).round(2)
            kinds = rng.integers(1, CLASSES + 1, A_PICTURE)
            rows = []
            for corner, side, kind in zip(corners, sides, kinds.tolist(), strict=True):
                number += 1
                row: dict[str, Any] = {"id": number, "image_id": len(names), "category_id": kind}
                row |= {"bbox": [*corner.tolist(), *side.tolist()], "iscrowd": 0}
                row["area"] = round(float(side.prod()), 2)
                if polygons:
                    points = corner + side * rng.uniform(0, 1, (POINTS, 2))
                    row["segmentation"] = [points.round(2).ravel().tolist()]
                rows.append(json.dumps(row))
            out.write((", " if len(names) > 1 else "") + ", ".join(rows))
        width, height = SIZE
        images = [
            {"id": k + 1, "file_name": name, "width": width, "height": height}
            for k, name in enumerate(names)
        ]
        kinds_ = [{"id": k, "name": f"kind{k}"} for k in range(1, CLASSES + 1)]
        out.write(f'], "images": {json.dumps(images)}, "categories": {json.dumps(kinds_)}}}')
    memory = io.BytesIO()
    Image.new("L", SIZE).save(memory, "png")
    for name in names:  # no two of the same bytes
        (folder / "images" / name).write_bytes(memory.getvalue() + name.encode())
    return number


def measured(command: list[str]) -> tuple[float, float]:
    """Run a command; return the most megabytes it held and its processor seconds."""
    process = os.posix_spawn(command[0], command, os.environ)
    _, status, usage = os.wait4(process, 0)
    if status:
        raise SystemExit(f"{command}: ended with {os.waitstatus_to_exitcode(status)}")
    unit = 1 if sys.platform == "darwin" else 1024  # what ru_maxrss counts in
    return usage.ru_maxrss * unit / 1e6, usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=1000)
    parser.add_argument("--output", type=Path, default=KEPT)
    options = parser.parse_args()
    output = options.output.resolve()
    rows = []
    for polygons in (False, True):
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place, "set")
            boxes = write(folder, options.megabytes, polygons=polygons)
            long = (folder / "annotations.json").stat().st_size / 1e6
            show = [sys.executable, "-m", "netkit.cli", "data", "show", str(folder)]
            read = [sys.executable, "-c", READ, str(folder)]
            os.chdir(place)  # the sheet is written there
            for what, command in (("data show", show), ("training data", read)):
                most, seconds = measured(command)
                row = {"file_MB": round(long), "boxes": boxes, "polygons": polygons, "what": what}
                row |= {"peak_MB": round(most), "times_the_file": round(most / long, 2)}
                rows.append(row | {"processor_s": round(seconds, 1)})
                print(json.dumps(rows[-1]), flush=True)
            os.chdir("/")
    output.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()

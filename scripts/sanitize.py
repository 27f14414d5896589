"""Run the kernels' tests under gcc's address and undefined-behaviour sanitizers.

python scripts/sanitize.py [TESTS]
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLAGS = "-g -O2 -shared -fPIC -fno-math-errno -fno-trapping-math"
CHECKS = "-fsanitize=address,undefined -fno-sanitize-recover=undefined"


def main() -> None:
    """Compile a copy of the package with sanitizers, and run its tests."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("netkit", "conf", "tests"):
            shutil.copytree(
                ROOT / name,
                f"{folder}/{name}",
                ignore=shutil.ignore_patterns("*.so", "__pycache__"),
            )
        native = Path(folder) / "netkit" / "backends" / "native"
        subprocess.run(
            [
                "gcc",
                *FLAGS.split(),
                *CHECKS.split(),
                "-o",
                native / "_kernels.so",
                native / "kernels" / "native.c",
                "-lm",
            ],
            check=True,
        )
        runtime = [
            subprocess.run(
                ["gcc", f"-print-file-name={name}"], capture_output=True, text=True
            ).stdout.strip()
            for name in ("libasan.so", "libubsan.so")
        ]
        env = {
            **os.environ,
            "LD_PRELOAD": " ".join(runtime),
            "ASAN_OPTIONS": "detect_leaks=0",
            "PYTHONPATH": folder,
            "PYTHONMALLOC": "malloc",
            "OPENBLAS_NUM_THREADS": "1",
        }
        words = sys.argv[1:] or [
            "tests/backends/test_native.py",
            "tests/detection/test_suppression.py",
        ]
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-x",
                "-p",
                "no:cacheprovider",
                "-o",
                "addopts=-q --capture=no",
                *words,
            ],
            cwd=folder,
            env=env,
        )
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()

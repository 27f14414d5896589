"""Run the tests of the compiled code under gcc's address and undefined-behaviour sanitizers.

python scripts/sanitize.py [TESTS]

Both libraries are compiled: the kernels, and what runs nets in eight bits.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
SOURCES = {  # a library, from netkit/ on: what it is compiled from
    "backends/native/_kernels.so": "backends/native/kernels/native.c",
    "quantization/_int8.so": "quantization/c/native.c",
}
FLAGS = "-g1 -O1 -shared -fPIC -fno-math-errno -fno-trapping-math"
CHECKS = "-fsanitize=address,undefined -fno-sanitize-recover=undefined"
ADDED = "addopts=-q -n auto --capture=no"  # what the sanitizers say of a process is seen
TESTS = (
    "tests/backends/test_native.py",
    "tests/backends/test_rules.py",
    "tests/test_learning.py",
    "tests/test_answering.py",
    "tests/detection/test_suppression.py",
    "tests/quantization/test_random_steps.py",
    "tests/quantization/test_code.py::test_compiled_code_gives_the_integers_of_numpy",
    "tests/quantization/test_code.py::test_what_does_not_fit_is_refused_before_c_sees_it",
)


def main() -> None:
    """Compile a copy of the package with sanitizers, and run its tests."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("netkit", "conf", "tests"):
            shutil.copytree(
                ROOT / name,
                f"{folder}/{name}",
                ignore=shutil.ignore_patterns("*.so", "__pycache__"),
            )
        for library, source in SOURCES.items():
            compile_into(Path(folder) / "netkit" / library, Path(folder) / "netkit" / source)
        words = sys.argv[1:] or TESTS
        pytest = "-m", "pytest", "-x", "-p", "no:cacheprovider", "-o", ADDED
        env = environment(folder)
        missing = subprocess.run([sys.executable, "-c", LOADED], cwd=folder, env=env).returncode
        done = (
            missing
            or subprocess.run([sys.executable, *pytest, *words], cwd=folder, env=env).returncode
        )
    sys.exit(done)


LOADED = """\
import sys
from netkit.backends.native.library import library as kernels
from netkit.quantization.native import library as int8
for c in (kernels().c, int8()):
    if c is None or not hasattr(c, "__asan_init"):
        sys.exit(f"{c}: not compiled with sanitizers, so that its tests would show nothing")
"""


def compile_into(library: Path, source: Path) -> None:
    """Compile a library with sanitizers; raise CalledProcessError if gcc refuses."""
    command = ["gcc", *FLAGS.split(), *CHECKS.split(), "-o", library, source, "-lm"]
    subprocess.run(command, check=True)


def environment(folder: str) -> dict[str, str]:
    """Return the variables under which Python runs the copy in a folder, and the sanitizers."""
    runtime = [
        subprocess.run(
            ["gcc", f"-print-file-name={name}"], capture_output=True, text=True
        ).stdout.strip()
        for name in ("libasan.so", "libubsan.so")
    ]
    return {
        **os.environ,
        "LD_PRELOAD": " ".join(runtime),
        "ASAN_OPTIONS": "detect_leaks=0",
        "PYTHONPATH": folder,
        "PYTHONMALLOC": "malloc",
        "OPENBLAS_NUM_THREADS": "1",
    }


if __name__ == "__main__":
    main()

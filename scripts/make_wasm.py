"""Compile netkit/export/page/c, and the operators of eight bits that it takes from
netkit/quantization/c, to net.wasm, which the pages of netkit convert run.

It needs clang and wasm-ld, version 14 or later: apt-get install clang lld.  `--check FILE` writes
the WebAssembly to FILE alone.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

from netkit.export.page.wasm import PACKAGE, SOURCES, SUMS, WASM, sums

FLAGS = [
    "--target=wasm32",
    "-std=gnu11",
    "-O2",
    "-msimd128",
    "-mbulk-memory",
    "-ffreestanding",
    "-nostdlib",
    "-fno-math-errno",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wl,--no-entry",
    "-Wl,-z,stack-size=16384",
    "-Wl,--export=__heap_base",
    "-Wl,-s",
]


def missing() -> list[str]:
    """Return the tools that are not on this machine."""
    return [tool for tool in ("clang", "wasm-ld") if shutil.which(tool) is None]


def compile_to(target: Path) -> None:
    """Compile the sources to a file."""
    command = ["clang", *FLAGS, f"-I{PACKAGE}", "-o", str(target), "net.c"]
    subprocess.run(command, cwd=SOURCES, check=True)
    target.chmod(0o644)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", type=Path, metavar="FILE")
    given = parser.parse_args()
    if tools := missing():
        sys.exit(f"{', '.join(tools)}: not found: apt-get install clang lld")
    target = (given.check or WASM).resolve()
    compile_to(target)
    if not given.check:
        SUMS.write_text(json.dumps(sums(), indent=2) + "\n", encoding="utf-8")
    print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

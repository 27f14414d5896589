"""All tables of docs/speed.md but those of other benchmarks: python benchmarks/speed.py [--quick]

It runs what `netkit bench` runs, the nets for colour of colour.py and the start of the commands,
beside what is installed of PyTorch, JAX, onnxruntime and OpenVINO, each once its gradients and
answers have been found to agree. Every single run is kept in benchmarks/results/speed.json, and the
tables between the marks of docs/speed.md are made from that. Let nothing else run: it takes about
ten minutes, five with --eager, and far longer beside JAX, whose steps of conv64 are slow; leave it
out by --against torch,onnxruntime,openvino.
"""

import argparse
import json
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from speed_page import write_page

from netkit.backends.numpy import cores
from netkit.bench import measure, peers
from netkit.bench.run import WORK, bench

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "speed.md"
NETKIT = sys.executable, "-m", "netkit"
COMMANDS = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "python -c 'import netkit'": (sys.executable, "-c", "import netkit"),
    "netkit --help": (*NETKIT, "--help"),
    "netkit plugins": (*NETKIT, "plugins"),
    "netkit train iterations=0": (*NETKIT, "train", "iterations=0"),
}
COLOUR = "resnet8", "mobile"
BATCH = 64  # of the nets for colour


def main() -> None:
    """Measure, keep the results and write the tables."""
    given = options()
    folder = Path(given.folder or (tempfile.mkdtemp() if given.quick else HERE / "results"))
    results = {"machine": machine(), "peers": versions(given.against), **measured(given)}
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "speed.json"
    kept.write_text(json.dumps(results, indent=1) + "\n")
    page = PAGE if folder == HERE / "results" else folder / "speed.md"
    page.write_text(write_page(PAGE.read_text(), results))
    print(kept, page, sep="\n")


def options() -> argparse.Namespace:
    """Return what the command line says; --quick makes all of it short."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="see that it runs; kept elsewhere")
    parser.add_argument("--eager", action="store_true", help="without torch.compile")
    parser.add_argument("--against", default="all", help="as of netkit bench")
    parser.add_argument("--work", nargs="+", default=WORK, choices=WORK)
    parser.add_argument("--threads", type=int, help="one per core if not given")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.3, help="of one run")
    parser.add_argument("--folder", help="for speed.json and speed.md, in place of the project's")
    given = parser.parse_args()
    if given.quick:
        given.eager, given.rounds, given.seconds = True, 1, 0.005
    return given


def measured(given: argparse.Namespace) -> dict[str, Any]:
    """Return the results of everything."""
    colours = []
    if find_spec("torch") and "torch" in peers.chosen(given.against):
        import colour

        threads = given.threads or cores()
        for arch in COLOUR:
            for many in sorted({1, threads}):
                colours.append(colour.measure(arch, BATCH, many, given))
                print(f"{arch}, {many} threads: measured", file=sys.stderr)
    results = bench(
        "native",
        tuple(given.work),
        given.threads,
        rounds=given.rounds,
        seconds=given.seconds,
        compiled=not given.eager,
        against=given.against,
    )
    results["colour"] = colours
    results["start"] = {name: start(words, given.rounds) for name, words in COMMANDS.items()}
    return results


def start(words: tuple[str, ...], rounds: int) -> list[float]:
    """Return the seconds of a whole process, start-up included, of each round."""

    def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(words, cwd=folder, check=True, capture_output=True)

    rates = measure.alternate({"netkit": run}, 1, rounds=rounds, seconds=0)
    return [1 / rate for rate in rates["netkit"]]


def machine() -> str:
    """Return what the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def versions(against: str) -> dict[str, str]:
    """Return the version of each framework that netkit stands beside."""
    return {name: version(name) for name in peers.chosen(against)}


if __name__ == "__main__":
    main()

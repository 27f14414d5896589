"""Measure which lines and branches of netkit tests run, a folder of tests after the other.

    python scripts/cover.py [TESTS ...] [--data FOLDER] [--write FILE] [--least 95]

Each folder of tests is run in a process of its own under coverage.py, with the settings of
pyproject.toml; what they run is added up, with --data to what was run before. What a test runs in
another process (`netkit` as a command) counts too, where pip has installed coverage.py, with its
a1_coverage.pth. Printed are the parts of the core (the layers, energies and optimizers, training,
files, sharding, detection, the modules of netkit/ itself) and each file below --least; --write FILE
is JSON of all files: lines and branches in percent, the lines that no test runs, and the branches,
12->14, that none takes.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CORE = {  # a part, and the files that it has
    "netkit/*.py": "netkit",
    "layers": "netkit/plugins/layers",
    "energies": "netkit/plugins/energies",
    "optimizers": "netkit/plugins/optimizers",
    "training": "netkit/training",
    "configuration": "netkit/config",
    "files": "netkit/files",
    "sharding": "netkit/sharding",
    "detection": "netkit/detection",
    "measurement": "netkit/measurement",
    "classification": "netkit/classification",
    "transfer": "netkit/transfer",
    "native backend": "netkit/backends/native",
    "quantization": "netkit/quantization",
}


def main() -> bool:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tests", nargs="*", help="folders and files of tests; all if not given")
    parser.add_argument("--least", type=float, default=95.0, help="percent of the core")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="keep what was run there")
    parser.add_argument("--write", type=Path, metavar="FILE")
    options = parser.parse_args()
    tests = options.tests or sorted(
        str(f.relative_to(ROOT))
        for f in (ROOT / "tests").iterdir()
        if f.name.startswith("test_") or (f.is_dir() and any(f.rglob("test_*.py")))
    )
    with tempfile.TemporaryDirectory() as empty:
        folder = (options.data or Path(empty)).resolve()
        folder.mkdir(exist_ok=True)
        failed = [each for each in tests if not ran(each, f"{folder}/coverage")]
        done = folder / "tests.json"
        tests = sorted({*tests, *(json.loads(done.read_text()) if done.exists() else ())})
        done.write_text(json.dumps(tests))
        files = measured(f"{folder}/coverage", f"{folder}/all.json")
    parts = {name: share(files, place) for name, place in CORE.items()}
    for name, percent in parts.items():
        print(f"{percent:6.1f} %  {name}")
    places = set(CORE.values())
    core = {f: v for f, v in files.items() if str(Path(f).parent) in places}
    for name, found in sorted(core.items(), key=lambda pair: pair[1]["percent"]):
        if found["percent"] < options.least:
            print(f"{found['percent']:6.1f} %  {name}: {found['missing']}")
    whole = total(list(core.values()))
    print(f"{whole:6.1f} %  the core; {total(list(files.values())):.1f} % of all files")
    if failed:
        print(f"failed: {', '.join(failed)}")
    if options.write:
        said = {"core": round(whole, 1), "parts": parts, "tests": tests, "failed": failed}
        options.write.write_text(json.dumps({**said, "files": lines_of(files)}, indent=1) + "\n")
    return bool(failed) or whole < options.least


def ran(tests: str, data: str) -> bool:
    """Run a folder of tests; return whether they pass."""
    command = "-m", "coverage", "run", "--parallel-mode", f"--data-file={data}", "-m", "pytest"
    words = "-q", "-p", "no:cacheprovider", tests
    print(f"... {tests}", flush=True)
    code = subprocess.run([sys.executable, *command, *words], cwd=ROOT).returncode
    return code in (0, 5)  # 5: all of its tests are marked slow


def measured(data: str, target: str) -> dict[str, dict[str, Any]]:
    """Return what was run of each file: how many lines and branches there are, and which not."""
    coverage = sys.executable, "-m", "coverage"
    subprocess.run(
        [*coverage, "combine", "-q", "--append", f"--data-file={data}"], cwd=ROOT, check=True
    )
    words = "json", "-q", "--fail-under=0", f"--data-file={data}", "-o", target
    subprocess.run([*coverage, *words], cwd=ROOT, check=True)
    files = {}
    for name, found in json.loads(Path(target).read_text())["files"].items():
        said = found["summary"]
        jumps = [f"{a}->{b if b > 0 else 'end'}" for a, b in found["missing_branches"]]
        half = [jump for jump in jumps if int(jump.split("-")[0]) not in found["missing_lines"]]
        files[name] = {
            "there": said["num_statements"] + said["num_branches"],
            "run": said["covered_lines"] + said["covered_branches"],
            "percent": round(said["percent_covered"], 1),
            "missing": ", ".join([*ranges(found["missing_lines"]), *half]),
        }
    return files


def share(files: dict[str, dict[str, Any]], place: str) -> float:
    """Return how much of the files right in a folder was run, in percent."""
    return round(total([v for f, v in files.items() if str(Path(f).parent) == place]), 1)


def total(found: list[dict[str, Any]]) -> float:
    there = sum(each["there"] for each in found)
    return 100 * sum(each["run"] for each in found) / there if there else 100.0


def lines_of(files: dict[str, dict[str, Any]]) -> dict[str, dict[str, dict[str, Any]]]:
    """Return the percent and the lines not run of each file, by folder."""
    folders: dict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    for name, found in files.items():
        said = {"percent": found["percent"], "not run": found["missing"]}
        folders[str(Path(name).parent)][Path(name).name] = said
    return folders


def ranges(lines: list[int]) -> list[str]:
    """Return line numbers as text, those in a row as one range: "3", "7-9"."""
    rows: list[list[int]] = []
    for line in lines:
        if rows and line == rows[-1][-1] + 1:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [f"{row[0]}-{row[-1]}" if len(row) > 1 else str(row[0]) for row in rows]


if __name__ == "__main__":
    sys.exit(main())

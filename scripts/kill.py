"""Kill a run again and again, resume it each time, and compare it with one that nobody killed.

    python scripts/kill.py [--chains 1] [--kills 5] [--seed 0] [WORD ...]

The words are those of `netkit train`; without any, a small net. A chain is a run that is killed so
many times, half of them after a random time, half in the midst of writing a file: with half of it
written, before it gets its name, and after. It is resumed until it is done. Then every weights
file, results.csv and the descriptions must be those of the other run to the bit, and no
half-written file may be left. Exits with 1 if a chain differs; --seed repeats it.
"""

import argparse
import builtins
import csv
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import hydra  # noqa: F401  here and not in every run

import netkit.files
from netkit.cli import main as command
from netkit.commands.train import train  # noqa: F401
from netkit.files.tensors import read_tensors
from netkit.training.trainer import Trainer

SMALL = (
    *("arch=mlp", "arch.hidden=20", "train_size=200", "val_size=50", "iterations=10"),
    *("threads=1", "report=false"),
)
MOMENTS = "half", "before", "after"  # of a write: half of it written, not renamed yet, renamed
OTHER = "seconds", "command", "resume"  # what may differ between two runs
KILLED = -signal.SIGKILL, -signal.SIGPROF


class Work(NamedTuple):
    """What a whole run takes: seconds of its process in training, and files that it writes."""

    seconds: float
    files: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chains", type=int, default=1)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("words", nargs="*", default=SMALL)
    given = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        whole, killed = Path(folder) / "whole", Path(folder) / "killed"
        run(whole, given.words, f"never {folder}/work")
        work = Work(*json.loads((Path(folder) / "work").read_text()))
        for seed in range(given.seed, given.seed + given.chains):
            how = chain(killed, given.words, given.kills, rng=random.Random(seed), work=work)
            differences = different(whole, killed)
            said = "; ".join(differences) or "the same to the bit"
            print(f"seed {seed}: {len(how)} kills ({', '.join(how)}): {said}", flush=True)
            wrong += len(differences)
            shutil.rmtree(killed)
    sys.exit(wrong > 0)


def chain(folder: Path, words: Any, kills: int, *, rng: random.Random, work: Work) -> list[str]:
    """Kill a run so many times, or until it is done; return at which moments it was killed."""
    how: list[str] = []
    while len(how) < kills:
        share = rng.uniform(0, 1.4 / kills)  # of the run, so that it lives to be killed so often
        if rng.random() < 0.5:
            where = f"time {share * work.seconds:.4f}"
        else:
            where = f"{rng.choice(MOMENTS)} {1 + round(share * work.files)}"
        if run(folder, words, where) not in KILLED:
            return how
        how.append(where)
    run(folder, words)
    return how


def run(folder: Path, words: Any, where: str = "") -> int:
    """Begin a run in a folder, or go on with the one that is there; return how its process ended.

    where: at which moment it is killed; see `be_killed`.
    """
    there = (folder / "last.safetensors").is_file()
    words = [f"resume={folder}"] if there else [*words, f"hydra.run.dir={folder}"]
    log = folder.parent / "log"
    child = os.fork()  # all is imported here once, which is most of a short run's time
    if not child:
        with open(log, "w") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        sys.argv = ["netkit", "train", *words]
        try:
            be_killed(where) if where else command()
        except SystemExit as end:
            os._exit(int(end.code or 0))
        finally:
            os._exit(99)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code and code not in KILLED:
        raise SystemExit(f"a run ended with {code}, {folder}: {log.read_text()}")
    return code


# ---- in the process that is killed ----


def be_killed(where: str) -> None:
    """Run `netkit` with the words of sys.argv, and kill this process.

    where: "time SECONDS", of the processor, after training began; "half|before|after NUMBER", in
    the write of this number; or "never FILE", which writes the Work that there was into a file.
    """
    moment, value = where.split(maxsplit=1)
    files = Files(moment, 0 if moment in ("time", "never") else int(value))
    netkit.files.open = files.open_file  # type: ignore[attr-defined]
    netkit.files.os = files  # type: ignore[attr-defined]
    began, run = 0.0, Trainer.run

    def timed(trainer: Trainer) -> None:
        nonlocal began
        began = time.process_time()
        if moment == "time":  # the system ends the process, wherever it is
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, max(1e-6, float(value)))
        run(trainer)
        if moment == "never":
            Path(value).write_text(json.dumps([time.process_time() - began, files.number]))

    Trainer.run = timed  # type: ignore[method-assign]
    command()


class Files:
    """`open` and the module `os` as netkit.files sees them; the process dies in one write."""

    def __init__(self, moment: str, last: int) -> None:
        self.moment = moment
        self.last = last
        self.number = 0  # of the write

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def die_at(self, moment: str) -> None:
        """Kill this process if this is the moment."""
        if (moment, self.number) == (self.moment, self.last):
            os.kill(os.getpid(), signal.SIGKILL)

    def open_file(self, path: Path, mode: str) -> Any:
        """Open a file; it takes half of what is written to it if that is where the process dies."""
        self.number += 1
        file = builtins.open(path, mode)  # noqa: SIM115
        if (self.moment, self.number) == ("half", self.last):
            return Half(file, self.die_at)
        return file

    def replace(self, part: Path, path: Path) -> None:
        """Give a file its name."""
        self.die_at("before")
        os.replace(part, path)
        self.die_at("after")


class Half:
    """A file that takes half of what is written to it, and then the process dies."""

    def __init__(self, file: Any, die_at: Callable[[str], None]) -> None:
        self.file = file
        self.die_at = die_at

    def __enter__(self) -> "Half":
        return self

    def __exit__(self, *_: Any) -> None:
        self.file.close()

    def write(self, data: bytes) -> None:
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        self.die_at("half")


# ---- what is compared ----


def different(whole: Path, killed: Path) -> list[str]:
    """Return what differs between the folders of two runs, in words."""
    wrong = []
    names = [{p.name for p in folder.iterdir() if p.suffix != ".log"} for folder in (whole, killed)]
    if odd := names[0] ^ names[1]:
        wrong.append(f"in one folder alone: {', '.join(sorted(odd))}")
    for name in sorted(name for name in names[0] & names[1] if name.endswith(".safetensors")):
        (ours, meta), (theirs, other) = (read_tensors(folder / name) for folder in (whole, killed))
        bits = [{n: (a.dtype, a.tobytes()) for n, a in arrays.items()} for arrays in (ours, theirs)]
        if bits[0] != bits[1]:
            wrong.append(f"{name}: other weights")
        if plain(meta) != plain(other):
            wrong.append(f"{name}: another description")
    texts = [(f / "results.csv").read_text().splitlines() for f in (whole, killed)]
    tables = [list(csv.DictReader(lines)) for lines in texts]
    if plain(tables[0]) != plain(tables[1]):
        wrong.append("results.csv: other results")
    return wrong


def plain(value: Any) -> Any:
    """Return a description without what may differ between two runs."""
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items() if k not in OTHER}
    return [plain(v) for v in value] if isinstance(value, list) else json.dumps(value)


if __name__ == "__main__":
    main()

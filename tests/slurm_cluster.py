"""A SLURM of one machine: its controller, its node and its keys in a folder of the test."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

PROGRAMS = "munged", "slurmctld", "slurmd", "srun", "sbatch", "scancel", "squeue", "sinfo"
CONF = """
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=pmi2
FirstJobId={first}
KillWait=20
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdSpoolDir={folder}/spool
StateSaveLocation={folder}/state
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} CoresPerSocket={cores} RealMemory=2000 State=UNKNOWN
PartitionName=here Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


class Slurm:
    """Commands of a SLURM, in a folder."""

    def __init__(self, folder: Path, conf: Path) -> None:
        self.folder = folder
        bin = Path(sys.executable).parent
        path = f"{bin}{os.pathsep}{os.environ['PATH']}"
        self.env = {**os.environ, "SLURM_CONF": str(conf), "PATH": path}
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command, as `srun -n 2 netkit train`; return its process."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        self.started.append(subprocess.Popen(command, cwd=self.folder, env=self.env, **pipes))
        return self.started[-1]

    def run(self, *command: str, code: int = 0) -> str:
        """Run a command to its end; return what it said."""
        process = self.start(*command)
        out, err = process.communicate(timeout=150)
        assert process.returncode == code, f"{process.returncode}\n{out}\n{err}"
        return out + err

    def batch(self, *lines: str) -> str:
        """Hand a script of these lines to sbatch; return the job's number."""
        script = self.folder / "job.sh"
        script.write_text("\n".join(("#!/bin/bash", *lines, "")))
        return self.run("sbatch", "--parsable", str(script)).split(";")[0].strip()

    def wait(self, job: str, seconds: float = 150) -> None:
        """Wait until a job is over."""
        until = time.monotonic() + seconds
        while job in self.run("squeue", "-h", "-r", "-o", "%A %F"):
            assert time.monotonic() < until, f"job {job} does not end"
            time.sleep(0.2)


@contextmanager
def cluster(folder: Path) -> Iterator[Slurm]:
    """Give a SLURM that lasts as long as this; skip the test by name where there is none.

    folder: on a short path, because a socket in it has to be named in 107 characters.
    """
    path = f"{os.environ['PATH']}{os.pathsep}/usr/sbin"
    programs = {name: shutil.which(name, path=path) for name in PROGRAMS}
    if missing := sorted(name for name, found in programs.items() if not found):
        pytest.skip(f"needs {missing[0]}: apt-get install slurmctld slurmd slurm-client munge")
    if os.geteuid():
        pytest.skip("needs root: slurmd starts jobs as other users")
    ports = free_ports(2)
    host, cores = socket.gethostname().partition(".")[0], os.cpu_count() or 1
    conf = folder / "slurm.conf"
    # MPICH names its shared memory by the job's number: what a killed job left may not be met again
    first = 1 + int.from_bytes(os.urandom(3), "big")
    conf.write_text(CONF.format(folder=folder, ports=ports, host=host, cores=cores, first=first))
    for name in ("spool", "state"):
        (folder / name).mkdir()
    key = folder / "munge.key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o600)
    slurm = Slurm(folder, conf)
    socket_file = folder / "munge.socket"
    own = [f"--{name}-file={folder}/munge.{name}" for name in ("pid", "log", "seed", "key")]
    try:
        slurm.start(programs["munged"], "-F", "--force", f"--socket={socket_file}", *own)
        wait_until(socket_file.exists, folder)
        slurm.start(programs["slurmctld"], "-D", "-c")
        slurm.start(programs["slurmd"], "-D", "-c")
        wait_until(lambda: "idle" in idle(slurm), folder)
        yield slurm
    finally:
        for process in reversed(slurm.started):
            if process.poll() is None:
                process.terminate()
            process.communicate(timeout=60)


def idle(slurm: Slurm) -> str:
    """Return the state of the node; nothing while the controller does not answer."""
    return subprocess.run(
        ["sinfo", "-h", "-o", "%t"], env=slurm.env, capture_output=True, text=True
    ).stdout


def wait_until(done, folder: Path, seconds: float = 60) -> None:
    """Wait for something; what the daemons wrote is said where it does not come."""
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise AssertionError("\n".join(p.read_text()[-2000:] for p in folder.glob("*.log")))
        time.sleep(0.1)


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports

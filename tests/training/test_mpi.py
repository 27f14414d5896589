"""netkit train under mpiexec, on this machine alone: the same weights, one line, one end."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from mpi_runs import WORDS, Mpi, ours, pid_of, wait_for

import netkit
from netkit.files.tensors import read_tensors

FOREVER = "iterations=5000", "report=false"
# A rank's process ends, and the one that the launcher started waits, for two minutes at most.
OUTLIVES = """
import pathlib, subprocess, sys, time
subprocess.run([sys.executable, "-m", "netkit", "train", *{words}], close_fds=False)
until = time.monotonic() + 120
while not pathlib.Path("over").exists() and time.monotonic() < until:
    time.sleep(0.05)
"""


@pytest.fixture(params=["mpich", "openmpi"])
def mpi(request, tmp_path):
    return Mpi(request.param, tmp_path)


def weights(folder):
    return read_tensors(folder / "last.safetensors")[0]


def difference(one, other):
    assert one.keys() == other.keys()
    return max(float(abs(one[name] - other[name]).max(initial=0)) for name in one)


def test_two_and_four_ranks_end_with_the_weights_of_one(mpi, tmp_path):
    words = [*WORDS, "iterations=2", "report=false", "dtype=float64"]
    alone = netkit.train(*words, folder=tmp_path / "1", quiet=True)
    for ranks in 2, 4:
        out, err = mpi.run(ranks, *words, f"hydra.run.dir={ranks}")
        assert out.count("weights and results:") == 1
        assert not ours(err)
        assert difference(weights(alone.folder), weights(tmp_path / str(ranks))) < 1e-12
    folders = {path.name for path in tmp_path.iterdir()}
    assert folders == {"1", "2", "4"}  # no rank but the first made one
    log = (tmp_path / "4" / "train.log").read_text()
    assert "comm mpi, rank 0 of 4" in log
    assert "rank 1 of" not in log


def test_a_rank_that_is_killed_ends_all_and_the_run_goes_on_with_another_number(mpi, tmp_path):
    words = [*WORDS, "seed=3", "dtype=float64", "report=false", "hydra.run.dir=run"]
    words += ["schedule=constant"]  # of eta: others depend on the length of the run
    process = mpi.start(3, *words, "iterations=400")
    wait_for(tmp_path / "run" / "mlp_net00002.safetensors")
    os.kill(pid_of(1, "seed=3"), signal.SIGKILL)
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 10
    assert process.returncode
    assert len(ours(err)) <= 1  # the launcher may be quicker to end the others, and says so in out
    assert "has died" in err or "signal" in (out + err).lower()
    done = read_tensors(tmp_path / "run" / "last.safetensors")[1]["iteration"]
    more = [f"iterations={done + 2}", "resume=run"]
    mpi.run(2, *more)
    meta = read_tensors(tmp_path / "run" / "last.safetensors")[1]
    assert meta["iteration"] == done + 2
    rest = [word for word in words if not word.startswith("hydra")]
    alone = netkit.train(*rest, f"iterations={done + 2}", folder=tmp_path / "one", quiet=True)
    assert difference(weights(alone.folder), weights(tmp_path / "run")) < 1e-12
    assert [row["iteration"] for row in meta["rows"]] == list(range(1, done + 3))


def test_a_death_is_noticed_where_the_launcher_does_not_look(tmp_path):
    """As under srun, which lets the others wait.

    mpiexec looks after a process that outlives its rank. No option does: MPICH's
    -disable-auto-cleanup still kills the others, a few milliseconds later.
    """
    mpi = Mpi("mpich", tmp_path)
    words = [*WORDS, *FOREVER, "seed=4", "hydra.run.dir=run"]
    (tmp_path / "outlives.py").write_text(OUTLIVES.format(words=words))
    process = mpi.start(3, program=("outlives.py",))
    wait_for(tmp_path / "run" / "mlp_net00001.safetensors")
    pids = [pid_of(rank, "seed=4") for rank in range(3)]
    os.kill(pids[2], signal.SIGKILL)
    began = time.monotonic()
    while any(Path(f"/proc/{pid}").exists() for pid in pids):
        assert time.monotonic() - began < 10
        time.sleep(0.05)
    assert process.poll() is None  # the launcher has seen nothing
    (tmp_path / "over").touch()
    _, err = process.communicate(timeout=60)
    (line,) = ours(err)
    assert line.startswith("netkit: rank 2 of 3 has died: ")
    assert line.endswith(f"go on with netkit train resume={tmp_path / 'run'}")


def test_ctrl_c_ends_all_ranks_with_one_line_and_the_run_goes_on(tmp_path):
    mpi = Mpi("mpich", tmp_path)
    process = mpi.start(2, *WORDS, *FOREVER, "seed=5", "hydra.run.dir=run")
    wait_for(tmp_path / "run" / "mlp_net00001.safetensors")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    (line,) = ours(err)
    assert line.startswith("netkit: interrupted after ")
    assert "go on with netkit train resume=" in line


@pytest.mark.parametrize(
    ("word", "said"),
    [("batch_size=-3", "batch_size=-3"), ("comm=acme", "comm"), ("weights=none", "weights none")],
)
def test_what_all_ranks_refuse_is_said_once(tmp_path, word, said):
    out, err = Mpi("mpich", tmp_path).run(3, *WORDS, word, code=1)
    (line,) = ours(err)
    assert said in line
    assert not out
    assert not list(tmp_path.iterdir())


def test_what_rank_0_alone_refuses_ends_all(tmp_path):
    netkit.train(*WORDS, "iterations=1", "report=false", folder=tmp_path / "run", quiet=True)
    before = weights(tmp_path / "run")
    _, err = Mpi("mpich", tmp_path).run(2, *WORDS, "hydra.run.dir=run", code=1)
    (line,) = ours(err)
    assert "holds a run already" in line
    after = weights(tmp_path / "run")
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_the_contract_is_kept(mpi):
    program = (
        "from netkit.registry import Registry\n"
        "from netkit.testing import check_communicator\n"
        "check_communicator(Registry().make('communicator', {'type': 'mpi'}))\n"
        "print('kept')"
    )
    out, _ = mpi.run(3, program=("-c", program))
    assert "".join(out.split()) == "kept" * 3  # the launcher may put the ends of lines later


def test_a_sweep_of_several_ranks_makes_one_folder_a_run(tmp_path):
    words = [*WORDS, "iterations=1", "report=false", "--multirun", "seed=1,2"]
    Mpi("mpich", tmp_path).run(2, *words)
    runs = sorted(path.parent.name for path in tmp_path.rglob("last.safetensors"))
    sweep = next(tmp_path.rglob("last.safetensors")).parent.parent
    assert runs == ["0", "1"]
    out, _ = Mpi("mpich", tmp_path).run(2, *words[:-1], "seed=1,2", f"hydra.sweep.dir={sweep}")
    assert out.count("is done, 1/1 iterations") == 2

"""A real SLURM of one machine starts netkit: ranks by srun, kills, a job array, a sweep."""

import os
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from mpi_runs import WORDS, pid_of, python_of, wait_for
from slurm_cluster import Slurm, cluster

from netkit.files.tensors import read_tensors

NETKIT = sys.executable, "-m", "netkit"
TRAIN = *NETKIT, "train", *WORDS
ALL = "srun", "-n", "2", "--mpi=pmi2", "--overcommit"


@pytest.fixture(scope="module")
def slurm():
    python_of("mpich")
    with tempfile.TemporaryDirectory(prefix="slurm-") as folder, cluster(Path(folder)) as found:
        yield found


def weights(slurm: Slurm, folder: str):
    return read_tensors(slurm.folder / folder / "last.safetensors")[0]


def test_ranks_by_srun_have_the_weights_of_one_process(slurm):
    words = "iterations=2", "report=false", "dtype=float64"
    slurm.run(*TRAIN, *words, "hydra.run.dir=one")
    said = slurm.run(*ALL, *TRAIN, *words, "hydra.run.dir=two")
    assert said.count("i=2 ") == 1  # rank 0 alone speaks
    one, two = weights(slurm, "one"), weights(slurm, "two")
    assert one.keys() == two.keys()
    for name, values in one.items():
        assert abs(values - two[name]).max(initial=0) < 1e-12, name


def test_processes_that_do_not_find_each_other(slurm):
    said = slurm.run("srun", "-n", "2", "--overcommit", "--mpi=none", *TRAIN, code=1)
    assert said.count("srun started 2 processes, and MPI on") == 1
    assert "srun --mpi=list" in said
    assert "Traceback" not in said


def test_a_killed_rank_ends_all_and_the_run_goes_on(slurm):
    run = slurm.start(*ALL, *TRAIN, "iterations=100000", "hydra.run.dir=killed")
    wait_for(slurm.folder / "killed/last.safetensors")
    os.kill(pid_of(1, "hydra.run.dir=killed"), signal.SIGKILL)
    _, err = run.communicate(timeout=60)
    assert run.returncode
    assert f"rank 1 of 2 has died: {slurm.folder}/killed/last.safetensors" in err
    done = read_tensors(slurm.folder / "killed/last.safetensors")[1]["iteration"]
    said = slurm.run(*ALL, *NETKIT, "train", "resume=killed", f"iterations={done + 1}")
    assert f"i={done + 1} " in said


def test_scancel_ends_as_ctrl_c_does(slurm):
    job = slurm.batch(
        "#SBATCH --ntasks=2 --overcommit --output=batch.txt",
        f"exec srun --mpi=pmi2 {' '.join(TRAIN)} iterations=100000 hydra.run.dir=batch",
    )
    wait_for(slurm.folder / "batch/last.safetensors")
    slurm.run("scancel", job)
    slurm.wait(job)
    said = (slurm.folder / "batch.txt").read_text()
    assert said.count("netkit: terminated after") == 1
    assert f"go on with netkit train resume={slurm.folder}/batch" in said


def test_an_array_classifies_every_image_once(slurm):
    slurm.run(*TRAIN, "iterations=1", "hydra.run.dir=net")
    names = [f"{number:03d}.pgm" for number in range(23)]
    for number, name in enumerate(names):
        (slurm.folder / name).write_bytes(b"P5 28 28 255\n" + bytes([number]) * 784)
    (slurm.folder / "images.txt").write_text("\n".join(names) + "\n")
    words = "weights=net input=images.txt shard=auto print_answers=false threads=1"
    job = slurm.batch(
        "#SBATCH --array=1-3 --output=array-%a.txt",
        f"{' '.join(NETKIT)} classify {words} resume=found/$SLURM_ARRAY_TASK_ID",
    )
    slurm.wait(job)
    assert len(list(slurm.folder.glob("found/*"))) == 3, (slurm.folder / "array-1.txt").read_text()
    parts = [str(path) for path in sorted(slurm.folder.glob("found/*"))]
    assert "23 images, 0 skipped" in slurm.run(*NETKIT, "merge", *parts, "answers")


def test_a_sweep_of_jobs(slurm):
    pytest.importorskip("hydra_plugins.hydra_submitit_launcher")
    launcher = [
        f"hydra.launcher.{word}" for word in ("timeout_min=5", "mem_gb=1", "partition=here")
    ]
    words = "--multirun", "seed=0,1", "iterations=1", "report=false", "hydra.sweep.dir=sweep"
    said = slurm.run(*TRAIN, *words, "hydra/launcher=submitit_slurm", *launcher)
    assert "2 runs: sweep/runs.csv" in said

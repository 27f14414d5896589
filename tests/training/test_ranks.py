"""Runs over several ranks give the numbers of one process; here the ranks are threads."""

import functools
import itertools

import numpy as np
import pytest
from drawn_shapes import write_shapes
from rank_threads import Threads, on_ranks, trained

from netkit.backends.numpy import NumpyBackend
from netkit.dataset import Samples
from netkit.errors import NetkitError
from netkit.interrupts import Noted, Terminated
from netkit.launched import Launched, launched
from netkit.net import Net
from netkit.passes import Shards
from netkit.testing import check_communicator
from netkit.training.division import nth, share_of

LENET = "arch=lenet5", "train_size=70", "val_size=30", "iterations=2", "batch_size=64"
NORMS = (
    *("arch=resnet8", "data=synthetic", "train_size=50", "iterations=2", "batch_size=20"),
    *("energy=cross_entropy", "data.shape=[1,8,8]"),
)
SMOOTH = "arch=mlp", "arch.hidden=20", "train_size=150", "val_size=70", "iterations=2"


def same(runs, one, tolerance):
    """Check that runs end with one's weights, statistics and results; return the difference."""
    alone, largest = one[0], 0.0
    for run in runs:
        for ours, theirs in (run.net.values, alone.net.values), (run.net.state, alone.net.state):
            if ours.size:
                largest = max(largest, float(abs(ours - theirs).max()))
        for row, other in zip(run.rows, alone.rows, strict=True):
            assert row["test_correct"] == other["test_correct"]
            assert row["energy"] == pytest.approx(other["energy"], rel=1e-4)
    assert largest <= tolerance
    return largest


CASES = [(LENET, (2,)), (NORMS, (2, 3, 4)), ((*SMOOTH, "views=3"), (2, 4))]


@pytest.mark.parametrize(("words", "sizes"), CASES, ids=["lenet5", "norms", "views"])
def test_float64_weights_are_those_of_one_process(tmp_path, monkeypatch, words, sizes):
    words = [*words, "dtype=float64"]
    one = trained(monkeypatch, tmp_path / "one", words)
    for size in sizes:
        runs = trained(monkeypatch, tmp_path / str(size), words, size)
        same(runs, one, 1e-12)
        assert all(np.array_equal(run.net.values, runs[0].net.values) for run in runs)


def test_float32_weights_are_those_of_one_process(tmp_path, monkeypatch):
    words = [*SMOOTH, "optimizer=sgd"]
    one = trained(monkeypatch, tmp_path / "one", words)
    for size in 2, 4:
        same(trained(monkeypatch, tmp_path / str(size), words, size), one, 1e-6)


def test_compiled_kernels_sum_statistics_over_ranks(tmp_path, monkeypatch, registry):
    """In one step from the same weights, so that no rounding grows."""
    try:
        registry.make("backend", {"type": "native"})
    except NetkitError as error:
        pytest.skip(str(error))
    words = [*NORMS, "iterations=1", "train_size=20", "optimizer=sgd", "backend=native"]
    one = trained(monkeypatch, tmp_path / "one", words)
    runs = trained(monkeypatch, tmp_path / "four", words, 4)
    assert runs[0].net.learned_states
    same(runs, one, 1e-6)


def test_as_many_ranks_as_divide_the_parts_give_the_same_bits(tmp_path, monkeypatch):
    """With jitter and mixup, which mixes images of one part of the batch: all batches have two."""
    words = ["train_size=128" if word == "train_size=70" else word for word in LENET]
    words += ["augment.mixup=0.2"]
    one = trained(monkeypatch, tmp_path / "one", words)
    two = trained(monkeypatch, tmp_path / "two", words, 2)
    assert same(two, one, 0) == 0


def test_a_batch_with_fewer_images_than_ranks(tmp_path, monkeypatch):
    words = [*SMOOTH, "train_size=33", "batch_size=16", "dtype=float64"]  # the last has one image
    one = trained(monkeypatch, tmp_path / "one", words)
    same(trained(monkeypatch, tmp_path / "three", words, 3), one, 1e-12)


def test_rank_0_alone_writes(tmp_path, monkeypatch):
    runs = trained(monkeypatch, tmp_path / "run", [*SMOOTH, "show.results.type=results"], 2)
    assert [bool(run.show) for run in runs] == [True, False]
    assert (tmp_path / "run" / "best.safetensors").is_file()
    assert [run.saved for run in runs] == [2, 2]


def test_sampling_by_energies_and_early_stopping_are_alike_on_all_ranks(tmp_path, monkeypatch):
    words = [*SMOOTH, "sample_probabilities=true", "early_stopping=1", "iterations=6", "eta=0.3"]
    one = trained(monkeypatch, tmp_path / "one", [*words, "dtype=float64"])
    runs = trained(monkeypatch, tmp_path / "two", [*words, "dtype=float64"], 2)
    assert {run.stopped for run in runs} == {one[0].stopped}
    assert "early_stopping=1" in one[0].stopped
    same(runs, one, 1e-9)


def test_ranks_that_average_every_so_many_steps(tmp_path, monkeypatch):
    """After a run all have the same weights; they learn, and meet less often."""
    words = [*SMOOTH, "iterations=4", "batch_size=10", "optimizer=sgd"]
    every, often = (trained(monkeypatch, tmp_path / str(k), words, 2, every=k) for k in (5, 1))
    assert np.array_equal(every[0].net.values, every[1].net.values)
    assert not np.array_equal(every[0].net.values, often[0].net.values)
    assert every[0].rows[-1]["test_correct"] > 40
    assert every[0].rows[-1]["energy"] < every[0].rows[0]["energy"]
    sums = [runs[0].ranks.comm.meeting.sums for runs in (every, often)]
    assert sums[1] - sums[0] == 4 * (15 - 3) - 4 * 3  # a sum a step less; totals, an average
    assert np.isfinite(every[0].energies).all()
    assert np.array_equal(every[0].energies, every[1].energies)


def test_boxes_are_found_by_all_ranks_together(tmp_path, monkeypatch):
    root = write_shapes(tmp_path / "shapes", 90)
    words = [
        "arch=finder",
        "data=boxes",
        f"root={root}",
        "iterations=1",
        "batch_size=32",
        "passes=1",
    ]
    words += ["energy=boxes"]
    one = trained(monkeypatch, tmp_path / "one", words)
    runs = trained(monkeypatch, tmp_path / "two", words, 2)
    for run in runs:
        assert run.rows[0]["test_energy"] == pytest.approx(one[0].rows[0]["test_energy"], rel=1e-4)
        assert run.rows[0]["test_map"] == pytest.approx(one[0].rows[0]["test_map"], abs=1e-3)
        assert len(run.tested.boxes) == len(one[0].tested.boxes)


def test_hard_samples_are_those_that_rank_0_finds(tmp_path, monkeypatch):
    words = [*SMOOTH]

    def change(trainer):
        data, rank = trainer.dataset, trainer.ranks.comm.rank
        data.before = lambda trainer: setattr(data, "hard", np.full(3, 7.0 + rank))
        data.saved = lambda: {"hard": data.hard} if hasattr(data, "hard") else {}
        data.restore = lambda arrays: setattr(data, "hard", arrays["hard"])

    runs = trained(monkeypatch, tmp_path / "run", words, 2, change=change)
    assert [run.dataset.hard.tolist() for run in runs] == [[7.0] * 3] * 2


SIGNALS = [("interrupts", KeyboardInterrupt), ("terminations", Terminated)]


@pytest.mark.parametrize(("kind", "error"), SIGNALS)
def test_a_signal_to_one_rank_ends_all_at_the_same_step(tmp_path, monkeypatch, kind, error):
    ended = []

    def change(trainer):
        update = trainer.update

        def updated(*given, **more):
            update(*given, **more)
            if trainer.step == 4 and trainer.ranks.comm.rank == 1:
                setattr(trainer.ranks.noted, kind, 1)

        trainer.update = updated
        end = trainer.averaging.swap  # what a run does when it ends
        trainer.averaging.swap = lambda: (ended.append(trainer.step), end())

    with pytest.raises(error, match="after 0 of 9 iterations: go on with netkit train resume="):
        trained(monkeypatch, tmp_path / "run", [*SMOOTH, "iterations=9"], 3, change=change)
    assert ended == [4, 4, 4]


def test_numbers_that_are_none_end_all_ranks_with_the_image(tmp_path, monkeypatch):
    """It is one of rank 1's; every rank finds it, so that rank 0 can say it."""

    def change(trainer):
        images = trainer.dataset.train.images.astype(np.float32)
        images[trainer.sampling.order(trainer.dataset.train.labels, 0)[15], 0, 3, 3] = np.nan
        trainer.dataset.train = Samples(images, trainer.dataset.train.labels)
        trainer.gradient = functools.partial(told, trainer, trainer.gradient)

    def told(trainer, gradient, chosen):
        found = gradient(chosen)
        energies.append(found[0])
        return found

    energies = []
    with pytest.raises(NetkitError, match=r"energy is nan .* update 1, .*image train\["):
        trained(monkeypatch, tmp_path / "run", [*SMOOTH, "batch_size=16"], 2, change=change)
    assert len(energies) == 2
    assert all(np.flatnonzero(np.isnan(each)).tolist() == [15] for each in energies)


@pytest.mark.parametrize("norms", [False, True])
def test_every_image_is_in_one_share(registry, norms):
    """And with running statistics, in one part, whose ranks' statistics count as much as it."""
    specs = {"norm": {"type": "batchnorm"}} if norms else {}
    layers = registry.layers({**specs, "f": {"type": "linear", "out": 3}}, 3)
    shards = Shards(Net(layers, (1, 8, 8), NumpyBackend(2)))
    shards.min_images = 1
    for n, size in itertools.product((1, 5, 16, 64, 150, 256), (1, 2, 3, 4, 7, 16)):
        shares = [share_of(shards, n, rank, size) for rank in range(size)]
        if shares[0] is None:
            assert shares == [None] * size
            continue
        assert [k for share in shares for k in range(n)[share.images]] == list(range(n))
        for share in shares:
            length = share.images.stop - share.images.start
            assert [k for part in share.piece.parts for k in range(n)[part]] == list(range(length))
            assert length
        if norms:
            assert sum(share.state for share in shares) == pytest.approx(1)
        else:
            assert not any(share.part for share in shares)


def test_what_launchers_say():
    assert launched({}) == Launched("", 0, 1)
    assert launched({"PMI_RANK": "2", "PMI_SIZE": "3"}) == Launched("mpiexec", 2, 3)
    ompi = {"OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2"}
    assert launched(ompi) == Launched("mpiexec", 0, 2)
    step = {"SLURM_PROCID": "5", "SLURM_STEP_NUM_TASKS": "8"}
    assert launched(step) == Launched("srun", 5, 8)
    batch_script = {"SLURM_PROCID": "0", "SLURM_NTASKS": "8"}
    assert launched(batch_script).size == 1
    names = {"RANK": "1", "WORLD_SIZE": "2"}  # which others use too
    assert launched(names).size == 1
    assert launched({**names, "TORCHELASTIC_RUN_ID": "none"}) == Launched("torchrun", 1, 2)
    assert launched({"PMI_RANK": "x", "PMI_SIZE": "3"}).size == 1
    assert launched({"PMI_RANK": "0", "PMI_SIZE": "1"}).size == 1


def test_a_second_signal_ends_at_once():
    noted = Noted()
    noted.note(2, None)
    assert noted.counts() == (1, 0)
    with pytest.raises(KeyboardInterrupt):
        noted.note(2, None)
    Noted.end((0, 0))
    with pytest.raises(Terminated):
        Noted.end((1, 1))


def test_check_communicator_takes_what_is_right_and_names_what_is_not():
    on_ranks(3, check_communicator)

    class Forgetful(Threads):
        def add(self, a):
            if a.dtype.kind == "f":
                super().add(a)
            else:  # wrong on both ranks, so that neither waits for the other
                a[...] = 0

    with pytest.raises(AssertionError, match="add"):
        on_ranks(2, lambda comm: check_communicator(Forgetful(comm.meeting, comm.rank)))


def test_shares_are_even():
    parts = [nth(10, k, 4) for k in range(4)]
    assert [p.stop - p.start for p in parts] == [2, 3, 2, 3]

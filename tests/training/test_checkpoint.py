"""What a file of weights keeps, and what of it does not fit a net: quick, in this process."""

import numpy as np
import pytest

from netkit.build.training import make_trainer
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.files import CannotWrite
from netkit.interrupts import Terminated
from netkit.training.checkpoint import Checkpoint
from netkit.training.resuming import go_on, kept, restore, saying_what_is_kept, show_checkpoint
from netkit.weights import ALL

LAYERS = {
    "c0": {"type": "conv", "out": 2, "kernel": 5},
    "n0": {"type": "batchnorm"},
    "p0": {"type": "avgpool", "kernel": 8},
    "f1": {"type": "linear", "out": "noutputs"},
}
PLACES = {"a.W": (2, 3), "a.b": (2,), "s.mean": (2,)}
WORDS = (
    *("arch=linear", "data=synthetic", "train_size=60", "val_size=30", "show={}"),
    *("backend=numpy", "threads=1", "batch_size=10", "optimizer=adam", "eta=0.01"),
    *("average=0.9", "sample_probabilities=true"),
)


@pytest.fixture
def trainer(registry, tmp_path):
    return trainer_for(registry, tmp_path)


def trainer_for(registry, folder, iterations=3):
    cfg = compose("train", [*WORDS, f"iterations={iterations}"])
    cfg["arch"]["layers"] = LAYERS
    return make_trainer(registry, cfg, folder)


def everything(trainer):
    """All numbers of a trainer that a run which goes on needs."""
    pairs = [a for pair in trainer.averaging.pairs for a in pair]
    slots = [trainer.slots[name] for name in sorted(trainer.slots)]
    return [trainer.net.values, trainer.net.state, trainer.energies, *pairs, *slots]


def test_a_run_goes_on_to_the_same_bits(registry, trainer, tmp_path):
    trainer.run()
    again = trainer_for(registry, tmp_path / "again")
    middle = trainer_for(registry, tmp_path / "middle", iterations=2)
    (tmp_path / "middle").mkdir()
    (tmp_path / "again").mkdir()
    middle.optimizer.begin(middle.net, 3)  # as in the run of three
    middle.steps = trainer.steps
    middle.run()
    checkpoint = Checkpoint.load(tmp_path / "middle" / "last.safetensors", registry)
    restore(again, checkpoint)
    assert (again.iteration, again.step, again.samples_seen) == (2, 12, 120)
    assert again.saved == 2
    assert again.rows == middle.rows
    assert checkpoint.meta["stopped"] == ""
    again.run()
    assert len(again.slots) > 1
    for ours, right in zip(everything(again), everything(trainer), strict=True):
        np.testing.assert_array_equal(ours, right)


def test_only_the_last_file_has_what_a_run_needs_to_go_on(trainer, tmp_path):
    trainer.run()
    last, best = (Checkpoint.load(tmp_path / f"{n}.safetensors") for n in ("last", "best"))
    assert {name.partition("/")[0] for name in last.tensors if "/" in name} == {
        *("optimizer", "averaging", "sampling"),
    }
    assert not [name for name in best.tensors if "/" in name]
    assert "stopped" not in best.meta
    assert best.meta["iteration"] == len(best.meta["rows"]) > 0
    assert last.resume_state("sampling")["energies"].shape == (60,)
    assert last.resume_state("sampl") == {}
    assert last.named({}).keys() == best.tensors.keys()
    assert "detection" not in last.meta
    assert "quantize" not in last.meta


def test_what_is_kept_is_what_was_saved_whole(trainer):
    trainer.save("best")
    assert trainer.saved is None
    trainer.save("last", whole=True)
    assert trainer.saved == 0
    trainer.iteration = 2
    trainer.save("best")
    assert trainer.saved == 0


def test_a_saved_iteration_is_shown_as_if_it_had_just_ended(trainer, tmp_path):
    trainer.run()
    told = []
    trainer.tell = lambda moment: told.append((moment, trainer.iteration, trainer.tested))
    show_checkpoint(trainer, Checkpoint.load(tmp_path / "last.safetensors"))
    assert [each[:2] for each in told] == [("iteration", 3)]
    assert told[0][2].correct == pytest.approx(trainer.rows[-1]["test_correct"])


@pytest.mark.parametrize(
    ("saved", "said"),
    [
        (None, "nothing was saved yet"),
        (0, "{}/last.safetensors has the weights from before training: go on with netkit train"),
        (2, "{}/last.safetensors has the weights of iteration 2: go on with netkit train resume="),
    ],
)
def test_a_run_that_ends_too_early_says_what_is_kept(trainer, saved, said):
    trainer.saved, trainer.iteration = saved, saved or 0
    said = said.format(trainer.folder)
    assert f"{kept(trainer)}{go_on(trainer)}".startswith(said)
    with pytest.raises(CannotWrite, match="disk is full; ") as full, saying_what_is_kept(trainer):
        raise CannotWrite("the disk is full")
    assert said in str(full.value)
    assert trainer.lost
    for error, how in ((KeyboardInterrupt, "interrupted"), (Terminated, "terminated")):
        with pytest.raises(error) as ended, saying_what_is_kept(trainer):
            raise error
        assert type(ended.value) is error
        assert str(ended.value) == f"{how} after {saved or 0} of 3 iterations{go_on(trainer)}"
    assert (go_on(trainer) == "") == (saved is None)


def checkpoint(**changed):
    tensors = {name: np.full(shape, 3.0, "float32") for name, shape in PLACES.items()}
    tensors |= changed
    arch = {"config": {"arch": {"name": "mine"}}}
    return Checkpoint({n: a for n, a in tensors.items() if a is not None}, arch)


def test_what_fits_is_returned_by_name():
    found = checkpoint(**{"optimizer/v": np.zeros(4)}).fitting(PLACES)
    assert {name: a.shape for name, a in found.items()} == PLACES


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"a.b": None}, r"a.b is nothing in the file and \(2,\) in the arch \(8 numbers"),
        ({"z.b": np.zeros(5)}, r"z.b is \(5,\) in the file and nothing in the arch \(15 numbers"),
        (
            {"a.W": np.zeros((3, 2))},
            r"weights None: a.W is \(3, 2\) in the file and \(2, 3\) in the arch \(10 numbers in "
            r"the file, 10 in the arch\): use the arch it was trained with \(mine\)",
        ),
    ],
)
def test_what_does_not_fit_is_named(changed, said):
    with pytest.raises(NetkitError, match=said):
        checkpoint(**changed).fitting(PLACES)


def test_a_vector_without_names_is_divided():
    numbers = np.arange(10.0)
    found = Checkpoint({ALL: numbers}, {}).fitting(PLACES)
    assert found["a.W"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["s.mean"].tolist() == [8, 9]
    with pytest.raises(NetkitError, match=r"9 numbers, and the arch mine has 10: .* layer .* is s"):
        Checkpoint({ALL: numbers[:9]}, {}).named(PLACES, "mine")
    with pytest.raises(NetkitError, match="2 are left over after the last layer, s"):
        Checkpoint({ALL: np.arange(12.0)}, {}).fitting(PLACES)


def test_a_net_in_eight_bits_does_not_learn():
    with pytest.raises(NetkitError, match="a net in eight bits, which answers and does not learn"):
        Checkpoint({}, {"int8": {}}).named(PLACES)

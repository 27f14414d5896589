"""The recipes in PyTorch, for benchmarks/records_torch.py: the same numbers as netkit's."""

import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
import records_torch
import torch
from peer.images import Changes
from records import RECORDS


@pytest.mark.parametrize("name", ["lenet5", "digits"])
def test_outputs_gradient_and_update_are_netkits(name):
    records_torch.check(list(RECORDS[name].words))


def test_a_wrong_weight_is_found(monkeypatch):
    made = records_torch.as_module

    def wrong(net):
        model = made(net)
        with torch.no_grad():
            next(model.parameters()).mul_(1.001)
        return model

    monkeypatch.setattr(records_torch, "as_module", wrong)
    with pytest.raises(SystemExit, match="differ"):
        records_torch.check(list(RECORDS["digits"].words))
    torch.set_default_dtype(torch.float32)


def test_images_are_changed_by_chance_and_stay_in_range():
    job = records_torch.trainer_of([*RECORDS["lenet5"].words, "train_size=32", "val_size=1"])
    x = torch.from_numpy(job.dataset.train.images).float() * 0.01
    torch.manual_seed(0)
    y = Changes(job.net)(x)
    assert y.shape == x.shape
    assert (y != x).any(dim=(1, 2, 3)).all()
    assert y.min() >= 0
    assert y.max() <= x.max() + 1e-5
    assert abs(y.mean() / x.mean() - 1) < 0.2

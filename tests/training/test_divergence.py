"""Numbers that are none stop a run at their step; nets that are dead, and data without sense."""

import gc
import re
from types import SimpleNamespace

import numpy as np
import pytest

import netkit
from netkit.errors import NetkitError
from netkit.files.tensors import read_tensors
from netkit.passes import no_float_warnings
from netkit.plugins.layers.activations import Softplus
from netkit.training import trainer as module
from netkit.training.divergence import finite
from netkit.training.trainer import Trainer
from netkit.worker import Worker

WORDS = "train_size=40", "val_size=20", "threads=1", "report=false", "iterations=3"


def after_first(monkeypatch, act):
    """Have something done to the trainer when the first iteration of a run is over."""
    pass_over = Trainer.pass_over

    def passing(self):
        pass_over(self)
        if self.iteration == 1:
            act(self)

    monkeypatch.setattr(Trainer, "pass_over", passing)


@pytest.mark.parametrize("backend", ["numpy", "native"])
@pytest.mark.parametrize("arch", ["lenet5", "resnet8"])
def test_the_first_layer_is_named(tmp_path, monkeypatch, arch, backend):
    """A weight turns NaN between two steps; what is saved is of the iteration before."""

    def spoil(trainer):
        full = [name for name in trainer.net.weights if name.endswith(".W")][2]
        trainer.net.weights[full].reshape(-1)[0] = np.nan
        spoil.layer = full.rpartition(".")[0]

    after_first(monkeypatch, spoil)
    with pytest.raises(NetkitError) as error:
        netkit.train(*WORDS, f"arch={arch}", f"backend={backend}", folder=tmp_path / "run")
    text = str(error.value)
    assert re.match(r"(energy is nan|the gradient is not finite) in iteration 2, update 4, ", text)
    assert f": layer {spoil.layer} (" in text
    assert ") is the first that gives nan, of an input up to " in text
    assert text.endswith(f"{tmp_path}/run/last.safetensors has the weights of iteration 1")
    saved, meta = read_tensors(tmp_path / "run" / "last.safetensors")
    assert meta["iteration"] == 1
    assert all(np.isfinite(array).all() for array in saved.values())


def test_a_rate_that_is_too_high_names_the_layer_and_the_numbers(tmp_path):
    words = "arch=lenet5_modern", "energy=l2", "optimizer=sgd", "eta=1e12", "schedule=constant"
    with pytest.raises(NetkitError, match="with eta=1e\\+12: ") as error:
        netkit.train(*WORDS, *words, folder=tmp_path / "run")
    assert re.search(r"is the first that gives (inf|nan|-inf), of an input up to", str(error.value))
    assert "has the weights from before training" in str(error.value)


def test_a_gradient_alone_is_found(tmp_path, monkeypatch):
    """The energy may be finite where its gradient is not: the weights are never changed by it."""
    gradient = Trainer.gradient

    def spoiled(self, chosen):
        found = gradient(self, chosen)
        if self.step == 1:
            self.net.grads[:] = np.inf
        return found

    monkeypatch.setattr(Trainer, "gradient", spoiled)
    with pytest.raises(NetkitError, match="the gradient is not finite in iteration 1, update 2"):
        netkit.train(*WORDS, "arch=mlp", "arch.hidden=9", folder=tmp_path / "run")


def test_the_way_back_names_the_layer_where_it_begins(tmp_path, monkeypatch):
    """All outputs are finite; the slope of a layer is not, and the gradients before it."""
    forward = Softplus.forward

    def steep(self, x, ctx):
        y, back = forward(self, x, ctx)
        return y, lambda dy: back(dy) * np.float32(np.inf)

    monkeypatch.setattr(Softplus, "forward", steep)
    layers = "+arch.layers.s={type: softplus}", "+arch.layers.f9={type: linear, out: 10}"
    words = "arch=mlp", "arch.hidden=9", *layers
    with pytest.raises(NetkitError, match=r"its way back begins in the gradient of f1\.b"):
        netkit.train(*WORDS, *words, folder=tmp_path / "run")


def test_large_gradients_are_finite():
    """The square of a gradient may overflow where it does not."""
    trainer = SimpleNamespace(net=SimpleNamespace(ops=SimpleNamespace(xp=np)))
    large = np.array([1e30, -1e30], np.float32)
    assert no_float_warnings(finite)(trainer, large)
    assert not finite(trainer, np.array([1, np.inf], np.float32))
    assert not finite(trainer, np.array([1, np.nan], np.float32))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda net, results: net.weights["f0.W"].fill(np.inf), r"f0\.W is not finite"),
        (lambda net, results: (np.nan, results[1]), r"\w*energy is nan"),
    ],
)
def test_what_ceases_to_be_a_number_in_the_last_update_is_not_saved(
    tmp_path, monkeypatch, spoil, said
):
    train_once = module.train_once

    def spoiled(self):
        results = train_once(self)
        if self.iteration == 1:
            results = spoil(self.net, results) or results
        return results

    monkeypatch.setattr(module, "train_once", spoiled)
    with pytest.raises(NetkitError, match=f"{said} after iteration 2") as error:
        netkit.train(*WORDS, "arch=mlp", "arch.hidden=9", folder=tmp_path / "run")
    assert "has the weights of iteration 1" in str(error.value)
    for path in (tmp_path / "run").glob("*.safetensors"):
        assert np.isfinite(read_tensors(path)[0]["f0.W"]).all()


# ---- dead nets ----


def test_a_dead_net_is_warned_of_once(tmp_path, caplog):
    words = "arch=lenet5_modern", "energy=cross_entropy", "optimizer=sgd", "eta=1000"
    run = netkit.train(*WORDS, *words, "seed=0", folder=tmp_path / "run")
    lines = [line for line in caplog.messages if "the net is dead" in line]
    assert len(lines) == 1
    assert re.match(
        r"iteration 1: the net is dead: from layer \w+ \(\w+\) on, nothing depends on the image "
        r"any more: train anew with a smaller eta than 1000$",
        lines[0],
    )
    assert not any("tells nothing apart" in line for line in caplog.messages)
    images = run.model.predict(np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8))
    assert len(set(images)) == 1


def test_a_run_without_tests_keeps_no_more_memory_with_each_iteration(tmp_path):
    """What looks for dead nets runs them in memory that is there."""

    def workers():  # by type(): isinstance asks objects, and one of PyTorch's warns
        return sum(issubclass(type(one), Worker) for one in gc.get_objects())

    gc.collect()
    before = workers()
    gc.disable()
    try:
        netkit.train(*WORDS, "no_testing_test=true", folder=tmp_path, quiet=True)
        after = workers()
    finally:
        gc.enable()
    assert after - before <= 1


def test_a_net_of_one_answer_is_not_dead(tmp_path, caplog):
    """It answers one class alone, and its outputs still differ from image to image."""
    words = "arch=mlp", "arch.hidden=9", "eta=0"
    netkit.train(*WORDS, *words, folder=tmp_path / "run")
    assert "the net is dead" not in caplog.text


# ---- data from which nothing can be learnt ----


@pytest.fixture
def files(tmp_path, monkeypatch):
    """Arrays in files, x.npy and so on, in the present folder."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    images = rng.random((40, 1, 8, 8)).astype("f4")
    labels = rng.integers(0, 3, 40)
    arrays = {"x": images, "y": labels, "vx": rng.random((20, 1, 8, 8)).astype("f4")}
    arrays["vy"] = rng.integers(0, 3, 20)
    arrays["blank"] = np.where(np.arange(40)[:, None, None, None] < 3, 0.5, images)
    arrays["one"] = np.ones(40, int)
    arrays["zero"] = np.zeros(40, int)
    for name, value in (("nan", np.nan), ("inf", -np.inf)):
        arrays[name] = images.copy()
        arrays[name][7, 0, 3, 4] = value
    for name, array in arrays.items():
        np.save(f"{name}.npy", array)
    return tmp_path


FILES = {"train": "x.npy", "train_labels": "y.npy", "val": "vx.npy", "val_labels": "vy.npy"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"train": "nan.npy"}, "train=nan.npy: image 7 has nan at [0, 3, 4]: repair it"),
        ({"train": "inf.npy"}, "train=inf.npy: image 7 has -inf at [0, 3, 4]: repair it"),
        (
            {"val": "nan.npy", "val_labels": "y.npy"},
            "val=nan.npy: image 7 has nan at [0, 3, 4]: repair it",
        ),
        ({"train_classes": ["a", "b"]}, "train labels run from 0 to 2, but there are 2 classes"),
    ],
)
def test_what_is_no_data_is_refused_by_name(files, given, said):
    with pytest.raises(NetkitError, match=re.escape(said)):
        netkit.train("data=files", "arch=mlp", **FILES | given, train_size=None, val_size=None)
    assert not (files / "outputs").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"train": "blank.npy"}, "3 of 40 images to train on are of one value, so that there"),
        ({"train_labels": "one.npy"}, "all images to train on (40) are of the class 1, though"),
        ({"train_classes": ["a"], "train_labels": "zero.npy", "val": "x.npy"}, "one class, a: "),
        ({"batch_size": 50}, "batch_size=50: larger than an iteration, 40: "),
        ({"train_size": 1, "batch_size": 1}, "all images to train on (1) are of the class"),
    ],
)
def test_what_nothing_can_be_learnt_from_is_said(files, given, said, cli):
    settings = FILES | {"train_size": "null", "val_size": "null"} | given
    if given.get("train_classes"):
        settings["val_labels"] = "zero.npy"
    words = [f"{name}={value}" for name, value in settings.items()]
    done = cli("train", "data=files", "arch=mlp", "arch.hidden=5", "iterations=1", *words)
    assert said in done.stderr


def test_samples_that_are_no_numbers_are_named_at_the_step(tmp_path, monkeypatch):
    """A data set that makes its images itself may make some that are none."""
    before = Trainer.begin_iteration

    def spoiled(self, iteration):
        order = before(self, iteration)
        images = self.samples[0].astype(np.float32)
        images[order[20], 0, 0, 0] = np.nan
        self.samples = images, self.samples[1]
        spoiled.number = order[20]
        return order

    monkeypatch.setattr(Trainer, "begin_iteration", spoiled)
    with pytest.raises(NetkitError) as error:
        netkit.train(*WORDS, "arch=mlp", "arch.hidden=9", folder=tmp_path / "run")
    assert f"image train[{spoiled.number}] has nan: repair the data" in str(error.value)
    assert "update 2," in str(error.value)

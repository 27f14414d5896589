"""The sheet of what a net is shown: the images that a training step gives its first layer."""

import numpy as np
import pytest
from PIL import Image

from netkit.build.training import make_trainer
from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.pictures.augmented import draw_augmented
from netkit.plugins.augmentation.shown import first_layers, shown

WORDS = "arch=mlp", "train_size=60", "val_size=20", "iterations=1", "report=false"


def test_what_is_shown_is_what_a_step_shows(registry, tmp_path):
    """At the same key, pixel for pixel, up to the rounding of bias and coeff."""
    cfg = compose("train", [*WORDS, "augment=photos", "augment.mixup=0.5", "threads=1"])
    trainer = make_trainer(registry, cfg, tmp_path)
    net, seen = trainer.net, {}
    images, labels = trainer.dataset.train.images[:20], trainer.dataset.train.labels[:20]
    assert list(first_layers(net)) == ["augment"]
    worker, forward = trainer.shards.workers[0], net.forward

    def watched(x, contexts, **more):
        return forward(x, contexts, see=lambda name, _, x, y: seen.update({name: y.copy()}))

    net.forward = watched
    worker.gradient(images, labels, trainer.energy, scale=1.0, key=(7, 3))
    pixels = seen["augment"].transpose(3, 0, 1, 2) / net.coeff - net.bias
    again, kept = shown(net, images, (7, 3), labels)
    np.testing.assert_allclose(again, pixels, atol=1e-3)
    np.testing.assert_array_equal(kept, labels)
    assert not np.allclose(shown(net, images, (7, 4), labels)[0], pixels, atol=1)


@pytest.mark.parametrize(
    ("words", "first"),
    [(["augment=none"], []), (["augment.flip=true"], ["augment"]), (["arch=lenet5"], ["jitter"])],
)
def test_which_layers_are_looked_at(registry, tmp_path, words, first):
    trainer = make_trainer(registry, compose("train", [*WORDS, *words]), tmp_path)
    assert list(first_layers(trainer.net)) == first


def test_a_run_draws_it(tmp_path):
    show = "show_train=true", "show_hsample=3", "show_wsample=4"
    for words, drawn in ((["augment=photos"], 2), ([], 0)):
        folder = tmp_path / str(drawn)
        train(compose("train", [*WORDS, *show, *words]), folder)
        found = sorted((folder / "pictures").glob("augmented_*.png"))
        assert [p.name for p in found] == [f"augmented_i0000{k}.png" for k in range(drawn)]
    assert found == []
    first, second = (
        np.asarray(Image.open(path).convert("L"))
        for path in (tmp_path / "2/pictures").glob("augm*")
    )
    assert first.shape == second.shape
    assert not np.array_equal(first, second)


@pytest.mark.parametrize("maps", [1, 2, 3])
def test_images_stand_left_of_their_views(maps):
    """Black and white are the images' own, so that what is darker looks darker."""
    images = np.random.default_rng(0).integers(0, 256, (2, maps, 64, 64)).astype(np.uint8)
    picture = draw_augmented(images, [images * 0.5, images * 0.0], ["a", "b"], title="t")
    pixels = np.asarray(picture).astype(int)
    top = 16 + 30 + 28
    for row in range(2):
        y = top + row * (64 + 20)
        for column, share in enumerate((1, 0.5, 0)):
            x = 16 + column * 68 + (14 if column else 0)
            expected = images[row] if maps == 3 else np.repeat(images[row][:1], 3, 0)
            tile = pixels[y : y + 64, x : x + 64].transpose(2, 0, 1)
            assert np.abs(tile - expected * share).max() <= 1

"""What the visualizers that draw have in common: where pictures go, what stands beside them."""

from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from netkit.dataset import Samples
from netkit.files import write_beside
from netkit.files.names import safe_part
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.layer import Layer
    from netkit.pictures.panels import Answered
    from netkit.training.finding import Found
    from netkit.training.trainer import Trainer

TRAIN, VAL = "training set", "testing set"


class Picture(Visualizer):
    """Draw something after each iteration: a subclass yields (name, picture) from `draw`.

    first: whether there is something to see before training too.
    """

    first = False

    def start(self, trainer: "Trainer") -> None:
        if self.first and not trainer.iteration:
            self.iteration(trainer)

    def iteration(self, trainer: "Trainer") -> None:
        from netkit.pictures.style import png

        colour = trainer.dataset.shape[0] == 3 or trainer.dataset.boxes
        for name, picture in self.draw(trainer):
            data = png(picture, colour or name == "confusion")
            save(trainer, f"{name}_i{trainer.iteration:05d}.png", data)

    def draw(self, trainer: "Trainer") -> Iterator[tuple[str, Any]]:
        """Yield the pictures of an iteration and their names."""
        raise NotImplementedError


def save(trainer: "Trainer", name: str, data: bytes) -> None:
    """Write a picture into the folder `pictures` of the run."""
    folder = trainer.folder / "pictures"
    folder.mkdir(exist_ok=True)
    write_beside(folder / safe_part(name), data)


def answered(trainer: "Trainer", title: str, most: int | None = None) -> "Answered":
    """Return what the net answers to the training or the testing set.

    Where the testing set was tested after the iteration, that is what was answered then.  most: of
    a larger set, only so many samples.
    """
    from netkit.pictures.panels import Answered
    from netkit.training.validation import Tested

    if title == VAL and isinstance(trainer.tested, Tested):
        samples, energies, answers = trainer.tested
    else:
        whole = trainer.dataset.val if title == VAL else trainer.dataset.train
        samples = Samples(whole.images[:most], whole.labels[:most])
        energies, answers = trainer.answers(samples)
    return Answered(*samples, energies, answers, trainer.dataset.classes)


def found(trainer: "Trainer", title: str, most: int | None = None) -> "Found":
    """Return what the net finds in the training or the testing set, as `answered` does."""
    from netkit.training.finding import Found, find

    if title == VAL and isinstance(trainer.tested, Found):
        return trainer.tested
    whole = trainer.dataset.val if title == VAL else trainer.dataset.train
    some = Samples(whole.images[:most], whole.labels[:most])
    return find(trainer.shards, trainer.energy, some, trainer.dataset.classes)


def about(trainer: "Trainer", samples: "Answered", title: str) -> str:
    """Return when a picture was made and how many of its samples are answered rightly."""
    whole = trainer.dataset.val if title == VAL else trainer.dataset.train
    n, total = len(samples.labels), len(whole)
    of = f"{n:,}" if n == total else f"the first {n:,} of {total:,}"
    return f"{when(trainer)}: {100 * (1 - samples.wrong.mean()):.2f} % of {of} correct"


def when(trainer: "Trainer") -> str:
    """Return after which iteration a picture is made."""
    return f"iteration {trainer.iteration}" if trainer.iteration else "before training"


def set_name(trainer: "Trainer", title: str) -> str:
    """Return the name of a sample set, as in "MNIST testing set"."""
    name = str(trainer.meta.get("config", {}).get("data", {}).get("type", ""))
    return f"{name.upper() if len(name) < 6 else name} {title}".strip()


def details(trainer: "Trainer", samples: "Answered") -> list[str]:
    """Return the name of the file of each testing sample, and its energy; [] without files."""
    names = trainer.dataset.sample_names("val")[: len(samples.labels)]
    if not names or names[0] == "val[0]":
        return []
    each = zip(names, samples.energies, strict=True)
    return [f"{PurePath(name).name}  e {energy:.2f}" for name, energy in each]


def of_colours(trainer: "Trainer", layer: "Layer") -> bool:
    """Return whether each kernel of a layer looks at the red, green and blue of the images."""
    shape = trainer.net.weights[f"{layer.name}.W"].shape
    kh, kw = getattr(layer, "kernel", (0, 0))
    turned = any(
        name == "colour" for name in (each.type_name for each in trainer.net.layers.values())
    )
    return trainer.dataset.shape[0] == 3 and not turned and shape[1:] == (3 * kh * kw,)

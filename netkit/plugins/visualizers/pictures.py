"""Pictures of a run, as PNG in its folder: pictures/NAME_i00005.png is after iteration 5."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from netkit.checks import Count, Whole
from netkit.net import named_layers
from netkit.plugins.visualizers.base import (
    TRAIN,
    VAL,
    Picture,
    about,
    answered,
    save,
    set_name,
    when,
)
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.probe import States
    from netkit.training.trainer import Trainer

Pictures = Iterator[tuple[str, Any]]  # names and pictures


class Datasets(Picture):
    """Show each set in three panels: groundtruth, correct and incorrect answers, incorrect only.

    rows, columns: samples a panel (show_hsample, show_wsample).  worst_first: the samples with the
    highest energies first, not as they come. most: of a larger training set, only so many samples
    are looked at.
    """

    def __init__(
        self, rows: Count = 10, columns: Count = 10, worst_first: bool = False, most: Count = 2000
    ) -> None:
        self.rows = rows
        self.columns = columns
        self.worst_first = worst_first
        self.most = most

    def draw(self, trainer: "Trainer") -> Pictures:
        from netkit.pictures.panels import draw_panels

        for name, title in (("test", VAL), ("train", TRAIN)):
            samples = answered(trainer, title, self.most)
            if len(samples.labels):
                heading, note = set_name(trainer, title), about(trainer, samples, title)
                picture = draw_panels(
                    samples,
                    heading,
                    note,
                    rows=self.rows,
                    columns=self.columns,
                    worst_first=self.worst_first,
                )
                yield name, picture


class Errors(Picture):
    """Show the validation samples that are answered wrongly, the highest energy first.

    most: so many.  right: those that are answered rightly instead.  show: false draws nothing.
    """

    def __init__(self, most: Count = 20, right: bool = False, show: bool = True) -> None:
        self.most = most
        self.right = right
        self.show = show

    def draw(self, trainer: "Trainer") -> Pictures:
        from netkit.pictures.panels import draw_hardest

        if not self.show:
            return
        samples = answered(trainer, VAL)
        title = f"{'Correct' if self.right else 'Incorrect'}, highest energies first"
        note = f"{set_name(trainer, VAL)}, {about(trainer, samples, VAL)}"
        picture = draw_hardest(samples, self.right, title, note=note, most=self.most)
        yield "hardest" if self.right else "errors", picture


class Internals(Picture):
    """Show what each layer makes of the first validation images, before training as well.

    samples: of how many (show_train_ninternals).
    """

    first = True

    def __init__(self, samples: Whole = 2) -> None:
        self.samples = samples
        self.states: States | None = None

    def draw(self, trainer: "Trainer") -> Pictures:
        from netkit.pictures.maps import draw_states
        from netkit.probe import States

        self.states = self.states or States(trainer.net)
        data = trainer.dataset
        for k in range(min(self.samples, len(data.val))):
            label = int(data.val.labels[k])
            note = f"testing sample {k}, a {data.classes[label]}, {when(trainer)}"
            rows = self.states(data.val.images[k])
            picture = draw_states(rows, "Internal states", note, classes=data.classes, label=label)
            yield f"internals{k}", picture


class Kernels(Picture):
    """Show the kernels of the first layer that has some."""

    first = True

    def draw(self, trainer: "Trainer") -> Pictures:
        from netkit.pictures.maps import draw_kernels
        from netkit.probe import States

        states = States(trainer.net)
        for _, layer in named_layers(trainer.net.layers):
            if row := states.kernels(layer):
                note = f"{row.label}, {when(trainer)}"
                yield "kernels", draw_kernels(row, f"Kernels of {layer.name}", note)
                return


class Confusion(Picture):
    """Show how many validation samples of each class got each answer."""

    def draw(self, trainer: "Trainer") -> Pictures:
        from netkit.pictures.tables import draw_confusion

        samples = answered(trainer, VAL)
        note = f"{set_name(trainer, VAL)}, {about(trainer, samples, VAL)}"
        yield "confusion", draw_confusion(samples, "Confusion", note)


class Histogram(Picture):
    """Show how the validation samples' energies are spread, and the samples with the highest."""

    def draw(self, trainer: "Trainer") -> Pictures:
        from netkit.pictures.tables import draw_histogram

        note = f"{set_name(trainer, VAL)}, {when(trainer)}"
        yield "histogram", draw_histogram(answered(trainer, VAL), "Energies", note)


class Curves(Visualizer):
    """Draw energy, correct and the learning rate over the iterations: pictures/curves.png.

    With matplotlib; where that is missing, it is said before the run.
    """

    def start(self, trainer: "Trainer") -> None:
        from netkit.pictures.curves import draw_curves

        self.draw = draw_curves

    def iteration(self, trainer: "Trainer") -> None:
        from netkit.pictures.style import png

        name = trainer.meta.get("config", {}).get("arch", {}).get("name", trainer.name)
        title = f"{name}, {set_name(trainer, '')}".strip(" ,")
        save(trainer, "curves.png", png(self.draw(trainer.rows, title), colour=True))

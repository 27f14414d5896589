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
    details,
    found,
    of_colours,
    save,
    set_name,
    when,
)
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.probe import States
    from netkit.training.trainer import Trainer

Pictures = Iterator[tuple[str, Any]]  # names and pictures
LOOKED_AT = 100  # images with boxes of a set that are looked at


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
        if trainer.dataset.boxes:
            yield from self.draw_boxes(trainer)
            return
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

    def draw_boxes(self, trainer: "Trainer") -> Pictures:
        """Yield a picture of each set with boxes: what is there, and what was found."""
        from netkit.pictures.found import draw_found

        for name, title in (("test", VAL), ("train", TRAIN)):
            seen = found(trainer, title, LOOKED_AT)
            if not len(seen.samples):
                continue
            numbers = range(len(seen.samples))
            if self.worst_first:
                numbers = seen.energies.argsort()[::-1].tolist()
            note = f"{when(trainer)}: mAP {seen.map:.3f}, of {len(seen.samples):,} images"
            classes, some = trainer.dataset.classes, numbers[: self.rows]
            heading = set_name(trainer, title)
            yield name, draw_found(seen, classes, some, title=heading, note=note)


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
        if trainer.dataset.boxes:
            yield from () if self.right else self.draw_worst(trainer)
            return
        samples = answered(trainer, VAL)
        title = f"{'Correct' if self.right else 'Incorrect'}, highest energies first"
        note = f"{set_name(trainer, VAL)}, {about(trainer, samples, VAL)}"
        picture = draw_hardest(
            samples, self.right, title, note=note, most=self.most, details=details(trainer, samples)
        )
        yield "hardest" if self.right else "errors", picture

    def draw_worst(self, trainer: "Trainer") -> Pictures:
        """Yield the picture of the images with boxes that the net does worst in."""
        from netkit.pictures.found import draw_found

        seen = found(trainer, VAL)
        if len(seen.samples):
            worst = seen.energies.argsort()[::-1][: self.most].tolist()
            title, note = "Highest energies", f"{set_name(trainer, VAL)}, {when(trainer)}"
            yield "errors", draw_found(seen, trainer.dataset.classes, worst, title=title, note=note)


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
            label = None if data.boxes else int(data.val.labels[k])
            shows = "" if label is None else f", a {data.classes[label]}"
            note = f"testing sample {k}{shows}, {when(trainer)}"
            rows = self.states(data.val.images[k])
            named = None if data.boxes else data.classes
            picture = draw_states(rows, "Internal states", note, classes=named, label=label)
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
                colour = of_colours(trainer, layer)
                title = f"Kernels of {layer.name}"
                yield "kernels", draw_kernels(row, title, note, colour=colour)
                return


class Confusion(Picture):
    """Show how many validation samples of each class got each answer."""

    def draw(self, trainer: "Trainer") -> Pictures:
        from netkit.pictures.tables import draw_confusion

        if trainer.dataset.boxes:
            return  # netkit evaluate counts which box was taken for what
        samples = answered(trainer, VAL)
        note = f"{set_name(trainer, VAL)}, {about(trainer, samples, VAL)}"
        yield "confusion", draw_confusion(samples, "Confusion", note)


class Histogram(Picture):
    """Show how the validation samples' energies are spread, and the samples with the highest."""

    def draw(self, trainer: "Trainer") -> Pictures:
        from netkit.pictures.tables import draw_histogram

        if trainer.dataset.boxes:
            return
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

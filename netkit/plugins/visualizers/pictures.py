"""Pictures of a run, as PNG in the run folder: pictures/NAME_i00005.png is what it was after
iteration 5.
"""

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.net import named_layers
from netkit.visualizer import Visualizer

TRAIN, VAL = "training set", "testing set"


class Picture(Visualizer):
    """Draw something after each iteration: a subclass yields (name, picture) from `draw(trainer)`.

    first: whether there is something to see before training too.
    """

    first = False

    def start(self, trainer):
        if self.first and not trainer.iteration:
            self.iteration(trainer)

    def iteration(self, trainer):
        from netkit.pictures.style import png

        colour = trainer.dataset.shape[0] == 3
        for name, picture in self.draw(trainer):
            save(
                trainer,
                f"{name}_i{trainer.iteration:05d}.png",
                png(picture, colour or name == "confusion"),
            )

    def draw(self, trainer):
        raise NotImplementedError


class Datasets(Picture):
    """Show each set in three panels: groundtruth, correct and incorrect answers, incorrect only.

    rows, columns: samples a panel.  worst_first: the samples with the highest energies first, not
    as they come. most: of a larger training set, only so many samples are looked at.
    """

    def __init__(self, rows=10, columns=10, worst_first=False, most=2000):
        self.rows, self.columns, self.most = (
            whole(v, n) for v, n in zip((rows, columns, most), ROWS, strict=True)
        )
        self.worst_first = bool(worst_first)

    def draw(self, trainer):
        from netkit.pictures.panels import draw_panels

        for name, title in (("test", VAL), ("train", TRAIN)):
            samples = answered(trainer, title, self.most)
            if len(samples.labels):
                note = about(trainer, samples, title)
                yield (
                    name,
                    draw_panels(
                        samples,
                        set_name(trainer, title),
                        note,
                        rows=self.rows,
                        columns=self.columns,
                        worst_first=self.worst_first,
                    ),
                )


ROWS = "rows (show_hsample)", "columns (show_wsample)", "most"


class Errors(Picture):
    """Show the validation samples that are answered wrongly, the highest energy first; or rightly,
    with right=true.
    """

    def __init__(self, most=20, right=False, show=True):
        self.most, self.right, self.show = whole(most, "most"), bool(right), bool(show)

    def draw(self, trainer):
        from netkit.pictures.panels import draw_hardest

        if not self.show:
            return
        samples = answered(trainer, VAL)
        title = (
            "Correct, highest energies first" if self.right else "Incorrect, highest energies first"
        )
        yield (
            "hardest" if self.right else "errors",
            draw_hardest(
                samples,
                self.right,
                title,
                note=f"{set_name(trainer, VAL)}, {about(trainer, samples, VAL)}",
                most=self.most,
            ),
        )


class Internals(Picture):
    """Show what each layer makes of the first `samples` validation images, before training and
    after each iteration.
    """

    first = True

    def __init__(self, samples=2):
        self.samples, self.states = whole(samples, "samples (show_train_ninternals)", 0), None

    def draw(self, trainer):
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

    def draw(self, trainer):
        from netkit.pictures.maps import draw_kernels
        from netkit.probe import States

        states = States(trainer.net)
        for _, layer in named_layers(trainer.net.layers):
            if row := states.kernels(layer):
                yield (
                    "kernels",
                    draw_kernels(row, f"Kernels of {layer.name}", f"{row.label}, {when(trainer)}"),
                )
                return


class Confusion(Picture):
    """Show how many validation samples of each class got each answer."""

    def draw(self, trainer):
        from netkit.pictures.tables import draw_confusion

        samples = answered(trainer, VAL)
        yield (
            "confusion",
            draw_confusion(
                samples, "Confusion", f"{set_name(trainer, VAL)}, {about(trainer, samples, VAL)}"
            ),
        )


class Histogram(Picture):
    """Show how the validation samples' energies are spread, and the samples with the highest."""

    def draw(self, trainer):
        from netkit.pictures.tables import draw_histogram

        note = f"{set_name(trainer, VAL)}, {when(trainer)}"
        yield "histogram", draw_histogram(answered(trainer, VAL), "Energies", note)


class Curves(Visualizer):
    """Draw energy, correct and the learning rate over the iterations, with matplotlib, to
    pictures/curves.png.
    """

    def start(self, trainer):
        from netkit.pictures.curves import (
            draw_curves,
        )  # where matplotlib is missing, that is said at once

        self.draw = draw_curves

    def iteration(self, trainer):
        name = trainer.meta.get("config", {}).get("arch", {}).get("name", trainer.name)
        from netkit.pictures.style import png

        picture = self.draw(trainer.rows, f"{name}, {set_name(trainer, '')}".strip(" ,"))
        save(trainer, "curves.png", png(picture, colour=True))


def save(trainer, name, data):
    """Write a picture into the run folder."""
    folder = trainer.folder / "pictures"
    folder.mkdir(exist_ok=True)
    write_beside(folder / name, data)


def answered(trainer, title, most=None):
    """Return what the net answers to the training or the testing set: of the last test, where there
    was one.
    """
    from netkit.pictures.panels import Answered

    if title == VAL and trainer.tested is not None:
        samples, *results = trainer.tested
    else:
        samples = trainer.dataset.val if title == VAL else trainer.dataset.train
        samples = type(samples)(*(part[:most] for part in samples))
        results = trainer.answers(samples)
    return Answered(*samples, *results, trainer.dataset.classes)


def about(trainer, samples, title):
    """Return when a picture was made and how many of its samples are answered rightly."""
    n, all_of_them = (
        len(samples.labels),
        len(trainer.dataset.val if title == VAL else trainer.dataset.train),
    )
    of = f"{n:,}" if n == all_of_them else f"the first {n:,} of {all_of_them:,}"
    return f"{when(trainer)}: {100 * (1 - samples.wrong.mean()):.2f} % of {of} correct"


def when(trainer):
    return f"iteration {trainer.iteration}" if trainer.iteration else "before training"


def set_name(trainer, title):
    """Return the name of a sample set, as in "MNIST testing set"."""
    name = str(trainer.meta.get("config", {}).get("data", {}).get("type", ""))
    return f"{name.upper() if len(name) < 6 else name} {title}".strip()


def whole(value, what, least=1):
    """Return a whole number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise NetkitError(f"{what}={value}: give a whole number from {least}")
    return value

"""A sheet of what a net is shown in training."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.checks import Count
from netkit.plugins.visualizers.base import TRAIN, Picture, set_name, when

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


class Augmented(Picture):
    """Show training images beside what augmentation makes of them, before training as well.

    rows: images, taken evenly from the training set (show_hsample).  columns: how often each is
    shown, other draws each time (show_wsample).  A net that does not begin with layers of
    augmentation has no such picture.
    """

    first = True

    def __init__(self, rows: Count = 10, columns: Count = 10) -> None:
        self.rows = rows
        self.columns = columns

    def draw(self, trainer: "Trainer") -> Iterator[tuple[str, Any]]:
        from netkit.pictures.augmented import draw_augmented
        from netkit.plugins.augmentation.shown import first_layers, shown

        train, layers = trainer.dataset.train, first_layers(trainer.net)
        if not layers or not len(train):
            return
        chosen = np.unique(np.linspace(0, len(train) - 1, self.rows).astype(int))
        images = np.asarray(train.images[chosen])
        given = train.labels[chosen]
        seen = [
            shown(trainer.net, images, (trainer.seed, trainer.step, k), given)
            for k in range(self.columns)
        ]
        views = [view for view, _ in seen]
        if trainer.dataset.boxes:
            from netkit.pictures.found import outlined

            images = outlined(images, given)
            views = [outlined(view, moved) for view, moved in seen]
        names = [name for layer in layers.values() for name in layer.layers or [layer.name]]
        if trainer.dataset.boxes:
            labels = [f"{(rows[:, 0] >= 0).sum()} boxes" for rows in given]
        else:
            labels = [trainer.dataset.classes[k] for k in given]
        note = f"{set_name(trainer, TRAIN)}, {when(trainer)}: {', '.join(names)}"
        yield "augmented", draw_augmented(images, views, labels, title="Augmentation", note=note)

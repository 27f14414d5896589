"""Opening: what there is, before a run begins: data, classes, images, net, folder."""

import logging
from typing import TYPE_CHECKING

from netkit.overview.data import data_warnings
from netkit.overview.run import aligned, run_lines
from netkit.plugins.visualizers.console import say
from netkit.plugins.visualizers.terminal import width
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

log = logging.getLogger("netkit")


class Opening(Visualizer):
    """Print few lines on what is trained and on what, and a warning for each thing that is odd.

    Images that are trained on and tested on, files that could not be read, classes without images.
    """

    def start(self, trainer: "Trainer") -> None:
        say(aligned(run_lines(trainer), width()))
        for line in data_warnings(trainer.dataset):
            log.warning("%s", line)

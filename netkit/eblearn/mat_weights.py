"""The .mat files that EBLearn's train leaves: the weights after each iteration, numbers alone."""

from typing import TYPE_CHECKING

from netkit.eblearn.mat import Mat
from netkit.training.checkpoint import Checkpoint
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


class MatWeights(Visualizer):
    """Write NAME_net00001.mat after the first iteration, and so on, as EBLearn's train does."""

    def iteration(self, trainer: "Trainer") -> None:
        checkpoint = Checkpoint.of(trainer.net, trainer.meta)
        path = trainer.folder / f"{trainer.name}_net{trainer.iteration:05d}.mat"
        Mat().write(path, checkpoint.tensors, checkpoint.meta)

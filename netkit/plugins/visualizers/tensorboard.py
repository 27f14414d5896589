"""TensorBoard: results, weights and pictures of a run as event files."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netkit.errors import NetkitError
from netkit.files.decoding import open_picture
from netkit.types import Array
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


class TensorBoard(Visualizer):
    """Write results, the spread of every weight array and pictures, for `tensorboard --logdir`.

    Event files stand in the run folder, in `tensorboard`. Pictures are there with show_train=true.
    """

    def start(self, trainer: "Trainer") -> None:
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            raise NetkitError(
                "tensorboard=true: needs tensorboardX: pip install 'netkit[tensorboard]'"
            ) from None
        self.writer = SummaryWriter(str(trainer.folder / "tensorboard"))

    def iteration(self, trainer: "Trainer") -> None:
        for name, value in trainer.row.items():
            if name != "iteration":
                self.writer.add_scalar(name, value, trainer.iteration)
        for name, array in trainer.net.weights.items():
            self.writer.add_histogram(
                f"weights/{name}", trainer.net.ops.to_host(array), trainer.iteration
            )
        ending = f"_i{trainer.iteration:05d}.png"
        for path in sorted((trainer.folder / "pictures").glob(f"*{ending}")):
            self.writer.add_image(
                path.name.removesuffix(ending), pixels(path), trainer.iteration, dataformats="HWC"
            )
        self.writer.flush()

    def end(self, trainer: "Trainer") -> None:
        self.writer.close()


def pixels(path: Path) -> Array:
    """Return a picture in a file as (H, W, 3) of uint8."""
    with open_picture(path) as picture:
        return np.asarray(picture.convert("RGB"))

"""TensorBoard: results, weights and pictures of a run as event files: tensorboard --logdir
outputs.
"""

import numpy as np

from netkit.errors import NetkitError
from netkit.visualizer import Visualizer


class TensorBoard(Visualizer):
    """Write the results of each iteration, the spread of every weight array, and the pictures that
    were drawn.

    Event files stand in the run folder, in `tensorboard`. Pictures are there with show_train=true.
    """

    def start(self, trainer):
        try:
            from tensorboardX import SummaryWriter
        except ImportError:
            raise NetkitError(
                "tensorboard=true: needs tensorboardX: pip install 'netkit[tensorboard]'"
            ) from None
        self.writer = SummaryWriter(str(trainer.folder / "tensorboard"))

    def iteration(self, trainer):
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

    def end(self, trainer):
        self.writer.close()


def pixels(path):
    """Return a picture in a file as (H, W, 3) of uint8."""
    from PIL import Image

    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))

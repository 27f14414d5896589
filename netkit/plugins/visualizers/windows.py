"""Windows: a run's pictures on the display, new ones after each iteration."""

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netkit.files.decoding import open_picture
from netkit.plugins.visualizers.console import say
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

log = logging.getLogger("netkit")
SHOWN = "test", "train", "internals0", "curves"
OFTEN = 0.05  # seconds between two looks at what was done to the windows


class Windows(Visualizer):
    """Show the pictures that the visualizers before it made, each in a window.

    pictures: their names, as they stand in the folder `pictures`.  wait: whether each iteration
    waits for `key`. q, in a window, ends the run as Ctrl-C does: what was saved stays.
    """

    def __init__(
        self, pictures: Sequence[str] = SHOWN, wait: bool = False, key: str | None = "n"
    ) -> None:
        from netkit.pictures.window import Viewer

        self.names = tuple(pictures)
        self.waits = wait
        self.looked = 0.0  # when
        self.viewer = Viewer(key)

    def start(self, trainer: "Trainer") -> None:
        if not self.viewer.has_display:
            log.warning(
                "display=true: there is no display here: the pictures are in %s/pictures",
                trainer.folder,
            )
        if not trainer.iteration:
            self.show(trainer)

    def step(self, trainer: "Trainer") -> None:
        now = time.perf_counter()
        if now - self.looked > OFTEN:
            self.looked = now
            self.go_on(self.viewer.poll())

    def iteration(self, trainer: "Trainer") -> None:
        self.show(trainer)
        self.go_on(self.viewer.wait() if self.waits else self.viewer.poll())

    def show(self, trainer: "Trainer") -> None:
        """Show the pictures of the present iteration that are there."""
        for name in self.names:
            for path in (f"{name}_i{trainer.iteration:05d}.png", f"{name}.png"):
                if (trainer.folder / "pictures" / path).is_file():
                    with open_picture(trainer.folder / "pictures" / path) as picture:
                        self.viewer.show(f"{trainer.name}: {name}", picture)
                    break

    def go_on(self, yes: bool) -> None:
        """End the run if the user said so."""
        if not yes:
            raise KeyboardInterrupt

    def end(self, trainer: "Trainer") -> None:
        """Leave the windows open after a whole run, until a key; one that broke off closes them."""
        whole = trainer.iteration >= trainer.iterations or trainer.stopped
        if whole and self.viewer.figures and not self.viewer.ended:
            say(f"the windows stay: {self.viewer.keys.replace('next', 'end')}")
            self.viewer.stay()
        self.viewer.close()

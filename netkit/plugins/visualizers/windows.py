"""Windows: a run's pictures on the display, new ones after each iteration."""

import logging
import time

from netkit.visualizer import Visualizer

log = logging.getLogger("netkit")
SHOWN = "test", "train", "internals0", "curves"
OFTEN = 0.05  # seconds between two looks at what was done to the windows


class Windows(Visualizer):
    """Show the pictures that the visualizers before it made, each in a window.

    pictures: their names, as they stand in the folder `pictures`.  wait: whether each iteration
    waits for `key`. q, in a window, ends the run as Ctrl-C does: what was saved stays.
    """

    def __init__(self, pictures=SHOWN, wait=False, key="n"):
        from netkit.pictures.window import Viewer

        self.names, self.waits, self.looked = tuple(pictures), bool(wait), 0.0
        self.viewer = Viewer(key)

    def start(self, trainer):
        if not self.viewer.has_display:
            log.warning(
                "display=true: there is no display here: the pictures are in %s/pictures",
                trainer.folder,
            )
        if not trainer.iteration:
            self.show(trainer)

    def step(self, trainer):
        now = time.perf_counter()
        if now - self.looked > OFTEN:
            self.looked = now
            self.go_on(self.viewer.poll())

    def iteration(self, trainer):
        self.show(trainer)
        self.go_on(self.viewer.wait() if self.waits else self.viewer.poll())

    def show(self, trainer):
        from PIL import Image

        for name in self.names:
            for path in (f"{name}_i{trainer.iteration:05d}.png", f"{name}.png"):
                if (trainer.folder / "pictures" / path).is_file():
                    with Image.open(trainer.folder / "pictures" / path) as picture:
                        self.viewer.show(f"{trainer.name}: {name}", picture)
                    break

    def go_on(self, yes):
        if not yes:
            raise KeyboardInterrupt

    def end(self, trainer):
        self.viewer.close()

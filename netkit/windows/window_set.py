"""WindowSet: a data set of windows, new ones each iteration, and those that a net got wrong."""

import logging
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from netkit.dataset import Dataset, Samples
from netkit.detection.look import BACKGROUND
from netkit.errors import NetkitError
from netkit.scenes import Scene
from netkit.types import Array
from netkit.windows.cutting import Plan, chosen, pixels
from netkit.windows.framing import Framing
from netkit.windows.mining import mined, miner

if TYPE_CHECKING:
    from netkit.detection.detector import Detector
    from netkit.training.trainer import Trainer

log = logging.getLogger("netkit")
HARD_SHARE = 2  # one in so many windows of an iteration is a hard one at most
EMPTY = 200  # pictures in a row from which no window can be cut: then there are none


class WindowSet(Dataset):
    """Windows of scenes in the classes of their objects, and one more: background.

    Each iteration trains on train_size new windows, from (seed, iteration) alone. With `bootstrap`,
    the net is run over whole scenes `rounds` times, evenly over the run, and what it gets wrong
    there takes the place of some of the windows (EBLearn's bootstrapping; Sung & Poggio 1998): at
    most half of them, the newest. A subclass says in `scenes` what the windows are cut from.
    """

    mined_scenes = 100  # looked at in a round

    def __init__(
        self,
        classes: list[str],
        framing: Framing,
        *,
        channels: int,
        train_size: int,
        val_size: int,
        bootstrap: bool,
        rounds: int,
        seed: int,
        bias: float,
        coeff: float,
    ) -> None:
        if BACKGROUND in classes:
            raise NetkitError(
                f"a class is called {BACKGROUND}: that is what has no box: rename it, or leave "
                "out its boxes"
            )
        self.framing = framing
        self.background = len(classes)  # its number
        self.size = train_size
        self.bootstrap = bootstrap
        self.rounds = rounds
        self.seed = seed
        none = np.zeros((0, channels, *framing.size), np.uint8), np.zeros(0, np.int64)
        self.hard = Samples(*none)  # what a net got wrong so far
        val = self.windows("val", val_size, (seed, 0, 0))
        super().__init__(self.draw(0), val, [*classes, BACKGROUND], bias, coeff)

    # ---- what a subclass says ----

    def scenes(self, purpose: str, rng: np.random.Generator) -> Iterator[Scene]:
        """Yield scenes without end, drawn from `rng` alone.

        purpose: train or val, to cut windows from; mine, to run the net over.
        """
        raise NotImplementedError

    def plan(self, purpose: str) -> Plan:
        """Return how many windows of a scene to cut, and how."""
        raise NotImplementedError

    # ---- what Dataset asks ----

    def epoch(self, iteration: int, seed: int) -> Samples:
        return self.draw(iteration)

    def before(self, trainer: "Trainer") -> None:
        if not self.bootstrap:
            return
        turns = range(1, self.rounds + 1)
        share = trainer.iterations / (self.rounds + 1)
        if trainer.iteration in {max(1, round(k * share)) for k in turns}:
            detector = miner(trainer, self.classes, self.plan("mine").reach[0])
            log.info("bootstrapping: %d hard windows", self.mine(detector, trainer.iteration))

    def saved(self) -> dict[str, Array]:
        return {"hard_images": self.hard.images, "hard_labels": self.hard.labels}

    def restore(self, arrays: dict[str, Array]) -> None:
        self.hard = Samples(arrays["hard_images"], arrays["hard_labels"])

    # ---- windows ----

    def draw(self, iteration: int) -> Samples:
        """Return an iteration's windows, the hard ones found so far among them."""
        fresh = self.windows("train", self.size - len(self.hard), (self.seed, 1, iteration))
        return joined(fresh, self.hard)

    def windows(self, purpose: str, size: int, key: Sequence[int]) -> Samples:
        """Return `size` windows of scenes that are drawn from `key` alone."""
        rng = np.random.default_rng(key)
        plan = self.plan(purpose)
        images = np.empty((size, *self.hard.images.shape[1:]), np.uint8)
        labels = np.empty(size, np.int64)
        done = empty = 0
        scenes = self.scenes(purpose, rng)
        while done < size:
            scene = next(scenes)
            boxes, classes = chosen(scene, plan, self.framing, background=self.background, rng=rng)
            some = min(len(classes), size - done)
            empty = 0 if some else empty + 1
            if empty == EMPTY:
                raise NetkitError(f"no window can be cut from {EMPTY} pictures in a row")
            order = rng.permutation(len(classes))[:some]
            labels[done : done + some] = classes[order]
            images[done : done + some] = pixels(scene.image, boxes[order], self.framing.size)
            done += some
        return Samples(images, labels)

    def mine(self, detector: "Detector", iteration: int) -> int:
        """Add what a detector gets wrong in some scenes to the windows; return how much it is."""
        rng = np.random.default_rng((self.seed, 2, iteration))
        scenes = islice(self.scenes("mine", rng), self.mined_scenes)
        wrong = mined(detector, scenes, self.framing, background=self.background)
        new = Samples(self.hard.images[:0], self.hard.labels[:0])
        for scene, boxes, labels in wrong:
            new = joined(new, Samples(pixels(scene.image, boxes, self.framing.size), labels))
        most = self.size // HARD_SHARE  # the newest stay
        both = joined(self.hard, new)
        self.hard = Samples(both.images[-most:], both.labels[-most:])
        return len(new)


def joined(a: Samples, b: Samples) -> Samples:
    """Return the samples of both."""
    return Samples(*(np.concatenate(pair) for pair in zip(a, b, strict=True)))

"""Digits and background: windows of composed scenes, with a class for all that is no digit."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from netkit.checks import Amount, Count, Number, Share, Whole
from netkit.dataset import Samples
from netkit.overview.duplicates import duplicates
from netkit.plugins.datasets.mnist import DIGITS, Mnist
from netkit.plugins.scenes.digit_looks import DigitLooks
from netkit.scenes import Scene
from netkit.windows.cutting import Plan
from netkit.windows.framing import Framing
from netkit.windows.pictures import Grounds
from netkit.windows.window_set import WindowSet

SIDE = 28  # pixels of a window, and of a digit as MNIST has it
CUT = 200, 200  # height and width of the scenes that windows are cut from
MINED = 240, 320  # and of those that the net is run over


class DigitsBackground(WindowSet):
    """Windows 28x28 of scenes of digits, in eleven classes: the digits, and background.

    A digit's window is moved by up to `shift` of its size and scaled by up to exp(`scale`) either
    way. Background is digits off the centre or at the wrong scale, which shows parts of them and
    halves of neighbours, and windows anywhere: clutter, made textures, letters, pictures of
    `background`, a folder. Each iteration trains on train_size new windows, from (seed, iteration)
    alone; those to test on look as digit_scenes does.

    plain, empty: shares of scenes that look as digit_scenes, and that show no digit; the others are
    light on textures or ink on paper: `DigitLooks`.  distort: how much the digits are turned,
    slanted and stretched.  bootstrap: what the net gets wrong in scenes of the training digits
    takes the place of some of the windows (EBLearn's bootstrapping), found `rounds` times in a run.
    root: MNIST's folder, as for data=mnist. Digits of it that netkit carries to test on are left
    out of those to train on.
    """

    mined_scenes = 200
    fitting: Mapping[str, Any] = {"invert": "auto"}
    looking: Mapping[str, Any] = {
        "scaling": 1.2,
        "max_scale": 1.5,  # for digits from 0.7 times 28 pixels
        "nms": 3,
        "nms_per_class": False,
        "max_overlap": 0.15,
        "vote_max_overlap": 0.4,
        "post_threshold": 0.85,  # after voting; chosen by false alarms in photographs
        "invert": "auto",
    }

    def __init__(
        self,
        root: str | Path | None = None,
        train_size: Count = 20000,
        val_size: Count = 2000,
        *,
        shift: Amount = 0.075,
        scale: Amount = 0.12,
        distort: Amount = 1.0,
        plain: Share = 0.4,
        empty: Share = 0.25,
        background: str | Path | None = None,
        bootstrap: bool = False,
        rounds: Count = 2,
        seed: Whole = 0,
        bias: Number = 0.0,
        coeff: Number = 0.01,
    ) -> None:
        self.digits = Mnist(root, train_size=None, val_size=None)
        self.digits.train = untested(self.digits.train)
        self.shift = shift
        self.scale = scale
        self.distort = distort
        self.plain = plain
        self.empty = empty
        self.grounds = Grounds(background, channels=1) if background else None
        super().__init__(
            self.digits.classes,
            Framing((SIDE, SIDE)),
            channels=1,
            train_size=train_size,
            val_size=val_size,
            bootstrap=bootstrap,
            rounds=rounds,
            seed=seed,
            bias=bias,
            coeff=coeff,
        )

    def scenes(self, purpose: str, rng: np.random.Generator) -> Iterator[Scene]:
        val = purpose == "val"
        size = MINED if purpose == "mine" else CUT
        grounds = self.grounds
        looks = DigitLooks(
            samples=self.digits.val if val else self.digits.train,
            size=size,
            distort=0.0 if val else self.distort,
            seed=int(rng.integers(1 << 30)),
            plain=1.0 if val else self.plain,
            none=0.0 if val else self.empty,
            grounds=partial(grounds.ground, size) if grounds else None,
        )
        number = 0
        while True:
            yield looks.scene(number)
            number += 1

    def plan(self, purpose: str) -> Plan:
        return Plan(
            copies=np.full(10, 4.0),
            misses=0.75,
            anywhere=14,
            shift=self.shift,
            scale=self.scale,
            reach=(0.65 * SIDE, 3.5 * SIDE),
        )


def untested(train: Samples) -> Samples:
    """Return digits to train on without those that netkit carries to test on."""
    tested = Mnist(DIGITS, train_size=None, val_size=None).val
    again = {n for _, n in duplicates(train, tested) or []}
    kept = [k for k in range(len(train)) if k not in again]
    return Samples(train.images[kept], train.labels[kept]) if again else train

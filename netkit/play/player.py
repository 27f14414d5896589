"""Player: a net that answers what the page asks, with the weights of any iteration kept."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from netkit.classification.answers import scores_of
from netkit.errors import NetkitError
from netkit.play.examples import Examples
from netkit.play.facts import drawable, facts_of
from netkit.play.ink import image_of
from netkit.play.kernels import kernel_shapes, kernels_in
from netkit.play.rows import Watcher
from netkit.training.checkpoint import Checkpoint
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.energy import Energy
    from netkit.net import Net


class Player:
    """A net that answers pictures: what each layer gives, and the outputs of many at once.

    meta, path: of its weights, see Checkpoint.  examples: pictures to click.  kept: {what it is
    called: file} of the weights of a run that the page may choose; at: the number of the present
    ones.  look: how boxes are chosen. Its methods may be called from several threads.
    """

    def __init__(
        self,
        net: "Net",
        energy: "Energy",
        classes: Iterable[str],
        *,
        meta: Mapping[str, Any] | None = None,
        path: Path | None = None,
        examples: Examples | None = None,
        kept: Mapping[str, Path] | None = None,
        at: int = 0,
        look: Mapping[str, Any] | None = None,
    ) -> None:
        drawable(net)
        self.net = net
        self.energy = energy
        self.classes = list(classes)
        self.kept = list((kept or {}).values())
        self.at = at
        self.lock = threading.Lock()  # a net has one memory for its passes
        self.watcher = Watcher(net)
        self.facts = facts_of(
            self.watcher,
            energy,
            self.classes,
            meta=meta or {},
            path=path,
            examples=examples,
            kernels=kernel_shapes(net),
            look=look,
            kept=list(kept or {}),
            at=at,
        )
        self.unit = bool(self.facts["fitting"]["unit"])

    @property
    def size(self) -> int:
        """The bytes of a picture."""
        return prod(self.net.shape)

    def image(self, pixels: Array) -> Array:
        """Return pixels (n, C, H, W), uint8, as the net was trained on them."""
        return pixels.astype(np.float32) / 255 if self.unit else pixels

    def choose(self, at: int) -> None:
        """Take the weights with this number among those that were kept."""
        if self.kept and at != self.at:
            Checkpoint.load(self.kept[at]).restore(self.net)
            self.at = at

    def answer(self, strokes: Sequence[ArrayLike]) -> dict[str, Any]:
        """Return the answer to strokes and how far each class is believed, as JSON has it.

        strokes: the points (n, 2) of each, as x and y.
        """
        if self.energy.targets == "boxes":
            raise NetkitError("this net finds boxes in pictures: it has no answer to strokes")
        images = self.image(image_of(strokes, self.net.shape))[None]
        with self.lock:
            y = self.outputs(images)
            scores = scores_of(self.energy, y, len(self.classes))
        answer = scores.answers(self.classes)[0]
        return {
            "answer": answer.name,
            "label": answer.label,
            "confidence": answer.confidence,
            "confidences": [float(v) for v in np.nan_to_num(scores.confidences[0])],
        }

    def rows(self, pixels: bytes, at: int) -> bytes:
        """Return what each row gives for one picture, (C, H, W) in bytes: float32, in order.

        Before that stand the number of the answer and how far each class is believed; not for a net
        of boxes.
        """
        image = self.image(np.frombuffer(pixels, np.uint8).reshape(self.net.shape))
        with self.lock:
            self.choose(at)
            made = self.watcher(image)
            said = []
            if self.energy.targets != "boxes":
                scores = scores_of(self.energy, made[-1][..., None], len(self.classes))
                said = [scores.labels.astype(np.float32), scores.confidences.astype(np.float32)]
            return b"".join(array.tobytes() for array in [*said, *made])

    def scores(self, pixels: bytes, at: int) -> bytes:
        """Return the outputs for some pictures, one after the other: float32 (n, K, h, w)."""
        images = self.image(np.frombuffer(pixels, np.uint8).reshape(-1, *self.net.shape))
        with self.lock:
            self.choose(at)
            y = self.outputs(images)
        return np.ascontiguousarray(np.moveaxis(y, -1, 0), np.float32).tobytes()

    def kernels(self, row: int, map: int, at: int) -> bytes:
        """Return the kernels of one map of a row, float32; nothing where there are none."""
        name = self.watcher.rows[row].name
        with self.lock:
            self.choose(at)
            found = kernels_in(self.net, name)
            return b"" if found is None else found[map].astype(np.float32).tobytes()

    def outputs(self, images: Array) -> Array:
        """Return the net's outputs (K, h, w, n) in host memory, for images (n, C, H, W)."""
        ops = self.net.ops
        with ops.limits(), np.errstate(all="ignore"):
            return np.array(ops.to_host(self.watcher.worker.outputs(ops.asarray(images))))

"""Snapshot: all that the page shows of a run at one moment, as bytes."""

import json
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.classification.answers import scores_of
from netkit.live.controls import Controls
from netkit.live.curve import Curve
from netkit.live.samples import chosen_samples, name_of, picture, shown_set, worst
from netkit.live.spread import spreads
from netkit.net import named_layers
from netkit.play.facts import title
from netkit.play.kernels import host_arrays, kernel_shapes, kernels_of
from netkit.play.rows import Watcher
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

NUMBERS = 20_000  # of the kernels of a layer, which are shown from the first map on
TESTS = 500  # iterations whose tests are shown, the last ones


class Snapshot:
    """Looks at a run with a worker of its own: nothing of the run's passes is touched."""

    def __init__(self, trainer: "Trainer") -> None:
        self.trainer = trainer
        self.net = trainer.net
        self.watcher = Watcher(self.net)
        self.layers = dict(named_layers(self.net.layers))
        shapes = kernel_shapes(self.net)
        self.kernels = {
            name: shape for name, shape in shapes.items() if prod(shape[1:]) > 1
        }  # a matrix is no picture
        self.samples = chosen_samples(trainer)

    def facts(self) -> dict[str, Any]:
        """Return what the page knows from the beginning, as JSON has it."""
        trainer, shown = self.trainer, shown_set(self.trainer)
        rows = [row.facts() | {"kernels": self.kernels.get(row.name)} for row in self.watcher.rows]
        samples = [
            {"label": name_of(trainer, shown.labels[k]), **picture(shown.images[k])}
            for k in self.samples
        ]
        data = trainer.dataset
        sizes = f"{len(data.train):,} training and {len(data.val):,} testing samples"
        return {
            "title": title(trainer.meta),
            "about": f"{self.net.values.size:,} weights, {sizes}, {trainer.steps:,} updates",
            "shape": list(self.net.shape),
            "classes": list(data.classes),
            "boxes": bool(data.boxes),
            "rows": rows,
            "samples": samples,
            "steps": trainer.steps,
            "iterations": trainer.iterations,
            "schedule": trainer.optimizer.schedule.name,
        }

    def __call__(
        self,
        curve: Curve,
        controls: Controls,
        *,
        chosen: int = 0,
        grads: Array | None = None,
        paused: bool = False,
        ended: str = "",
        problem: str = "",
    ) -> bytes:
        """Return the run as it stands, in bytes.

        They are the length of a text, 4 bytes from the least, the text, JSON, and float32 numbers:
        what each row gives for the chosen sample, then the kernels that the text lists.

        chosen: the number of the sample to show.  grads: the flat gradient of the last update.
        paused: whether the run waits.  ended: why it is over.  problem: what was asked and could
        not be done.
        """
        trainer = self.trainer
        chosen = min(chosen, max(0, len(self.samples) - 1))
        made = self.maps(chosen)
        kernels = self.some_kernels()
        text = {
            "version": controls.version + 1,
            "step": trainer.step,
            "iteration": trainer.iteration,
            "paused": paused,
            "ended": ended,
            "problem": problem,
            "speed": controls.speed,
            "eta": trainer.steering.next_eta(trainer),
            "factor": trainer.optimizer.schedule(min(1.0, trainer.step / max(1, trainer.steps))),
            "etas": sorted(trainer.steering.etas.items()),
            "curve": curve.facts(),
            "tests": self.tests(),
            "chosen": chosen,
            "said": self.said(made[-1]) if made else None,
            "worst": worst(trainer),
            "spreads": spreads(self.net, grads),
            "kernels": [{"name": name, "shape": k.shape} for name, k in kernels.items()],
        }
        head = json.dumps(finite(text), allow_nan=False).encode()
        head += b" " * (-len(head) % 4)  # the numbers begin where the browser can take them
        numbers = [np.asarray(a, "<f4").tobytes() for a in [*made, *kernels.values()]]
        return b"".join([len(head).to_bytes(4, "little"), head, *numbers])

    def maps(self, chosen: int) -> list[Array]:
        """Return what each row gives for a chosen sample; [] where there is no sample at all."""
        if not self.samples:
            return []
        return self.watcher(np.asarray(shown_set(self.trainer).images[self.samples[chosen]]))

    def said(self, outputs: Array) -> dict[str, Any] | None:
        """Return the answer in outputs (K, h, w), and how far each class is believed."""
        data = self.trainer.dataset
        if data.boxes:
            return None
        scores = scores_of(self.trainer.energy, outputs[..., None], len(data.classes))
        confidences = [float(v) for v in np.nan_to_num(scores.confidences[0])]
        return {"label": int(scores.labels[0]), "confidences": confidences}

    def some_kernels(self) -> dict[str, Array]:
        """Return the kernels (out, maps, height, width) by layer, of large layers the first."""
        arrays = host_arrays(self.net)
        found = {}
        for name, shape in self.kernels.items():
            kernels = kernels_of(name, self.layers[name], arrays)
            if kernels is not None:
                found[name] = kernels[: max(1, NUMBERS // prod(shape))]
        return found

    def tests(self) -> list[dict[str, float]]:
        """Return the results of the last iterations, with the update that each ended at."""
        trainer = self.trainer
        each = trainer.steps // max(1, trainer.iterations)
        return [{"step": row["iteration"] * each, **row} for row in trainer.rows[-TESTS:]]


def finite(value: Any) -> Any:
    """Return a value as JSON can have it: None for what is infinite or not a number."""
    if isinstance(value, dict):
        return {name: finite(each) for name, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value

"""The samples of a run's data as the page shows them: some to choose, and the worst ones."""

import base64
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.dataset import Samples
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

MOST = 12
SIDE = 96  # pixels of a picture on the page at most; of larger ones every second, third, ...


def picture(image: Array) -> dict[str, Any]:
    """Return an image (C, H, W) as the page draws it: bytes and shape.

    Numbers that are no bytes go from the least (0) to the largest (255).
    """
    image = np.asarray(image)
    step = max(1, ceil(max(image.shape[1:]) / SIDE))
    image = image[:, ::step, ::step]
    if image.dtype != np.uint8:
        low, high = float(image.min()), float(image.max())
        image = np.clip((image - low) * (255 / max(high - low, 1e-30)), 0, 255).astype(np.uint8)
    pixels = base64.b64encode(np.ascontiguousarray(image).tobytes()).decode()
    return {"shape": list(image.shape), "pixels": pixels}


def chosen_samples(trainer: "Trainer") -> list[int]:
    """Return the numbers of the samples to choose: the first of each class, or the first few.

    They are testing samples, or training samples where there are none to test.
    """
    samples = shown_set(trainer)
    labels = np.asarray(samples.labels)
    if labels.ndim > 1:
        return list(range(min(MOST, len(samples))))
    first = np.sort(np.unique(labels, return_index=True)[1])[:MOST].tolist()
    return sorted(first, key=lambda k: int(labels[k]))


def shown_set(trainer: "Trainer") -> Samples:
    """Return the testing samples; the training samples where there are none."""
    data = trainer.dataset
    return data.val if len(data.val) else data.train


def name_of(trainer: "Trainer", label: Any) -> str:
    """Return the name of a class; of boxes, how many there are."""
    label = np.asarray(label)
    if label.ndim:
        return f"{int((label[:, 0] >= 0).sum())} boxes"
    classes = trainer.dataset.classes
    return classes[int(label)] if 0 <= label < len(classes) else str(int(label))


def worst(trainer: "Trainer") -> list[dict[str, Any]]:
    """Return the training samples whose energies were highest when each was last shown.

    Of each: energy and answer by the present weights; of boxes the energy alone, as it was.
    """
    energies = trainer.energies
    known = np.flatnonzero(np.isfinite(energies))
    if not len(known):
        return []
    most = min(MOST, len(known))
    numbers = known[np.argpartition(energies[known], -most)[-most:]]
    train = trainer.dataset.train
    samples = Samples(np.asarray(train.images[numbers]), np.asarray(train.labels[numbers]))
    if trainer.dataset.boxes:
        now, answers = energies[numbers], [""] * most
    else:
        now, labels = trainer.answers(samples)
        answers = [name_of(trainer, label) for label in labels]
    found = [
        {
            "number": int(number),
            "label": name_of(trainer, label),
            "answer": answer,
            "energy": float(energy),
            **picture(image),
        }
        for number, image, label, answer, energy in zip(
            numbers, samples.images, samples.labels, answers, now, strict=True
        )
    ]
    return sorted(found, key=lambda each: -each["energy"])

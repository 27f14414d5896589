"""What is no number: found at the step that made it, with the layer where it began."""

from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.errors import NetkitError
from netkit.net import named_layers
from netkit.passes import no_float_warnings
from netkit.training.resuming import kept
from netkit.types import Array


class Diverged(NetkitError):
    """Report a run whose energy, gradient or weights are infinite or no numbers."""


if TYPE_CHECKING:
    from netkit.layer import Layer
    from netkit.training.trainer import Trainer
    from netkit.training.validation import Row

SMALLER = "train with a smaller eta"
REPAIR = "repair the data"


@no_float_warnings
def check_step(trainer: "Trainer", chosen: Array, energies: Array) -> float:
    """Return the sum of a batch's energies (n,), before its gradient changes a weight.

    chosen: the numbers of its samples.  Raises NetkitError if an energy, or the gradient, is
    infinite or not a number; it names the layer where that began, which a second pass over the
    batch finds, and the weights that are kept.
    """
    total = float(energies.sum())
    if np.isfinite(total) and finite(trainer, trainer.net.grads):
        return total
    what = "the gradient is not finite" if np.isfinite(total) else f"energy is {total}"
    where, remedy = cause(trainer, chosen)
    raise Diverged(
        f"{what} in iteration {trainer.iteration + 1}, update {trainer.step + 1}, "
        f"with eta={trainer.optimizer.eta:g}: {where}: {remedy}; {kept(trainer)}"
    )


@no_float_warnings
def check_iteration(trainer: "Trainer", results: "Row") -> None:
    """Raise NetkitError if an iteration left weights, or results of its tests, that are no numbers.

    results: what is to become the row of the iteration, which is not counted as done yet.
    """
    net = trainer.net
    wrong = ""
    if not (finite(trainer, net.values) and finite(trainer, net.state)):
        arrays = {**net.weights, **net.states}
        names = [n for n, a in arrays.items() if not net.ops.xp.isfinite(a).all()]
        wrong = f"{names[0]} is not finite"
    elif odd := [name for name, value in results.items() if not np.isfinite(value)]:
        wrong = f"{odd[0]} is {results[odd[0]]}"
    if wrong:
        remedy = odd_image(trainer.dataset.val.images, "val") or SMALLER
        raise Diverged(
            f"{wrong} after iteration {trainer.iteration + 1}, with "
            f"eta={trainer.optimizer.eta:g}: {remedy}; {kept(trainer)}"
        )


def finite(trainer: "Trainer", vector: Array) -> bool:
    """Return whether all numbers of a flat vector are finite."""
    xp = trainer.net.ops.xp
    # One product, a call of BLAS, is a tenth of the time of isfinite; it may overflow.
    return bool(xp.isfinite(xp.dot(vector, vector))) or bool(xp.isfinite(vector).all())


def cause(trainer: "Trainer", chosen: Array) -> tuple[str, str]:
    """Return where numbers of a batch cease to be finite, and what to do about it."""
    images = trainer.net.ops.to_host(trainer.samples[0][trainer.net.ops.asarray(chosen)])
    if odd := odd_image(images, "train", chosen):
        return odd, REPAIR
    if seen := first_layer(trainer, chosen):
        return seen, SMALLER
    net = trainer.net
    views = net.views("weights", net.grads)
    wrong = [name for name, view in views.items() if not net.ops.xp.isfinite(view).all()]
    if wrong:  # the way back begins at the last layer
        return f"its way back begins in the gradient of {wrong[-1]}", SMALLER
    return "all layers are finite, the energy of their outputs is not", SMALLER


def odd_image(images: Array, part: str, numbers: Array | None = None) -> str:
    """Return the first of some images (N, C, H, W) that has a pixel that is no number, in words.

    numbers: those of the images in their part of the data set; 0, 1, ... if not given.
    """
    if images.dtype.kind != "f":
        return ""
    for number, image in (
        enumerate(images) if numbers is None else zip(numbers, images, strict=True)
    ):
        if not np.isfinite(image).all():
            return f"image {part}[{number}] has {odd_one(image)}"
    return ""


def first_layer(trainer: "Trainer", chosen: Array) -> str:
    """Return the first layer of a batch's pass whose output is not finite, in words; "" if none."""
    net = trainer.net
    order = [name for name, _ in named_layers(net.layers)]
    found: dict[str, str] = {}

    def see(name: str, layer: "Layer", x: Array, y: Array) -> None:
        if not net.ops.xp.isfinite(y).all():
            value = odd_one(net.ops.to_host(y))
            largest = float(abs(net.ops.to_host(x)).max(initial=0))
            found[name] = (
                f"layer {name} ({layer.kind}) is the first that gives {value}, "
                f"of an input up to {largest:.3g}{weights_of(trainer, name)}"
            )

    for worker in trainer.shards.workers:
        worker.recordings = {}  # a recorded pass shows nobody what it does
        worker.see = see
    try:
        trainer.pass_of(chosen)  # in this process alone, whoever had which of them
    finally:
        for worker in trainer.shards.workers:
            worker.see = None
    # Of a layer and those inside it, the inner ones ran first.
    first = [name for name in found if not any(is_inside(other, name) for other in found)]
    return found[min(first, key=order.index)] if first else ""


def is_inside(name: str, outer: str) -> bool:
    """Return whether a layer is one of those inside another, "r1.c0" of "r1"."""
    return name.startswith(f"{outer}.")


def weights_of(trainer: "Trainer", name: str) -> str:
    """Return how large the weights of a layer are, as the end of a sentence; "" if it has none."""
    net = trainer.net
    own = [a for full, a in net.weights.items() if full.rpartition(".")[0] == name]
    if not own:
        return ""
    return f" and weights up to {max(float(abs(a).max()) for a in own):.3g}"


def odd_one(array: Any) -> float:
    """Return the first number of a host array that is not finite."""
    flat = np.asarray(array).ravel()
    return float(flat[~np.isfinite(flat)][0])

"""chain: layers run one after the other, in steps that the backend chooses."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from netkit.context import Context, Layers, OnGradient
from netkit.contracts import bug_in
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.backends.base import Step
    from netkit.layer import Layer


def chain(
    layers: Layers,
    x: Array,
    contexts: Sequence[Context],
    *,
    on_gradient: OnGradient | None = None,
) -> tuple[Array, Backward]:
    """Run layers one after the other: return y and backward(dy), as Layer.forward does.

    on_gradient: between two layers on the way back, on_gradient(k, dy) returns what the k-th layer
    from the end is given in place of dy, for k = 1, 2, ...

    A backend may run several layers as one (Backend.fuse), and then nobody can look between them:
    a pass that is watched, or whose gradients are changed, runs layer by layer.
    """
    watched = bool(contexts) and contexts[0].worker.see is not None
    alone = watched or on_gradient is not None
    path = list(zip(layers.values(), contexts, strict=True)) if alone else fused(layers, contexts)
    backs = []
    for layer, ctx in path:
        try:
            x, back = run_layer(layer, x, ctx) if alone else layer.forward(x, ctx)
        except Exception as error:
            if bug := bug_in(f"{ctx.name}: layer", layer, error):
                raise bug from error
            raise
        backs.append(back)

    def backward(dy: Array) -> Array | None:
        for k, ((layer, ctx), back) in enumerate(zip(reversed(path), reversed(backs), strict=True)):
            if not (ctx.wants_dx or ctx.trainable):
                return None  # nothing below is trained, and nobody asks for the image's gradient
            if k and on_gradient is not None:
                dy = on_gradient(k, dy)
            try:
                dy = back(dy)
            except Exception as error:
                if bug := bug_in(f"{ctx.name}: layer", layer, error):
                    raise bug from error
                raise
        return dy

    return x, backward


def run_layer(layer: "Layer", x: Array, ctx: "Context") -> tuple[Array, Backward]:
    """Run one layer, and tell whoever watches the pass, and whoever feels its way back.

    A layer that runs those inside it by itself, without `chain`, calls this so that they are seen,
    and rounded.
    """
    y, backward = layer.forward(x, ctx)
    if ctx.rounder is not None:
        y, backward = ctx.rounder.behind(y, backward)
    if ctx.worker.see is not None:
        ctx.worker.see(ctx.name, layer, x, y)
    return y, ctx.worker.felt(ctx.name, backward)


def fused(layers: Layers, contexts: Sequence[Context]) -> "Sequence[Step]":
    """Return the steps (layer, context) of a chain, as the backend would rather have them.

    They are made once and kept with the first context.
    """
    if not contexts:
        return []
    first = contexts[0]
    if first.fused is None:
        first.fused = first.ops.fuse(list(steps_of(layers, contexts)))
    return first.fused


def steps_of(layers: Layers, contexts: Sequence[Context]) -> "Iterator[Step]":
    """Yield the steps of a chain: its layers, and what rounds the outputs of some."""
    for layer, ctx in zip(layers.values(), contexts, strict=True):
        yield layer, ctx
        if ctx.rounder is not None:
            yield ctx.rounder, ctx.rounder

"""What the kernels run in place of layers, and which of them become one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from netkit.backends.native.op import runs

if TYPE_CHECKING:
    from netkit.context import Context

CARRIERS = (
    "conv",
    "sumpool",
    "batchnorm",
    "join",
)  # kernels that can apply an activation to what they write
CARRIED = "tanh", "relu", "sigmoid"  # activations whose slope can be read from their output
RECTIFIED = {"kind": "pointwise", "act": "abs"}
Primitive = dict[str, Any]  # what Layer.primitive returns


def primitives(layer: Any, ctx: "Context") -> "list[tuple[Primitive, Context]] | None":
    """Return what the kernels run in place of a layer, in order; None if they cannot.

    A residual block is a fork, the steps of its shortcut, a turn to what the fork began with, its
    main steps, and a join, which adds up the ends of both. The kernels run backward from the last
    op to the first that is needed, so a block is no stretch in which one way learns and layers of
    the other are frozen, where nothing below is trained.
    """
    primitive = layer.primitive()
    if primitive is None or primitive["kind"] != "residual":
        return [(primitive, ctx)] if runs(primitive) else None
    if rounds_inside(ctx) or (ctx.trainable and not ctx.wants_dx and has_frozen(ctx)):
        return None
    contexts = dict(zip(layer.layers, ctx.children, strict=True))
    found: list[tuple[Primitive, Context]] = [({"kind": "fork"}, ctx)]
    for way, end in (primitive["shortcut"], "turn"), (primitive["main"], "join"):
        for name, inner in way.items():
            steps = primitives(inner, contexts[name])
            if steps is None:
                return None
            found += steps
        found.append(({"kind": end}, ctx))
    return found


def rounds_inside(ctx: "Context") -> bool:
    """Return whether the output of a layer inside a layer is rounded."""
    return any(child.rounder is not None or rounds_inside(child) for child in ctx.children)


def has_frozen(ctx: "Context") -> bool:
    """Return whether a layer, or one inside it, is frozen."""
    return ctx.frozen or any(map(has_frozen, ctx.children))


def merged(
    steps: "Sequence[tuple[Primitive, Context]]",
) -> "list[tuple[Primitive, Context]]":
    """Return steps (primitive, context), some made part of the one before or after them.

    A convolution can read its input as if there were zeros around it, so a padding before it need
    not write them anywhere. A convolution or a sum over windows can apply an activation to each row
    while that is still in the cache. That works for activations whose slope is a function of their
    output, as tanh' = 1 - y², because the number before the activation is then nowhere kept: abs
    stays a step of its own, or is that of the contrast normalisation behind it. So does a second
    activation in a row. A batchnorm that ends a residual block adds the other way to what it
    writes.
    """
    done: list[tuple[Primitive, Context]] = []
    for primitive, ctx in steps:
        before: Primitive = done[-1][0] if done else {"kind": None}
        if primitive["kind"] == "conv" and before["kind"] == "pad":
            pad = tuple(map(sum, zip(primitive["pad"], before["pad"], strict=True)))
            done[-1] = ({**primitive, "pad": pad}, ctx)
        elif primitive["kind"] == "wstd" and before == RECTIFIED:
            done[-1] = ({**primitive, "act": "abs"}, ctx)
        elif primitive.get("act") in CARRIED and before["kind"] in CARRIERS and "act" not in before:
            done[-1] = ({**before, "act": primitive["act"]}, done[-1][1])
        elif primitive["kind"] == "join" and before["kind"] == "batchnorm" and "act" not in before:
            done[-1] = ({**before, "joins": True}, done[-1][1])
        else:
            done.append((primitive, ctx))
    return done

"""What is known of a net in eight bits beside its numbers, as a plan says it."""

from typing import TYPE_CHECKING

from netkit.build.parts import layers_of
from netkit.export.plan import PIXELS, Plan
from netkit.net import grid_of
from netkit.quantization.calls import Size
from netkit.registry import Registry
from netkit.types import Shape

if TYPE_CHECKING:
    from netkit.training.checkpoint import Checkpoint


def frame(registry: Registry, checkpoint: "Checkpoint", size: Size, made: Size) -> Plan:
    """Return a plan without operators, for images of `size` and outputs of `made`, (H, W, maps)."""
    meta = checkpoint.meta
    layers, _ = layers_of(registry, meta)
    shapes: dict[str, Shape] = {PIXELS: (size[2], *size[:2]), "outputs": (made[2], *made[:2])}
    return Plan(
        [],
        {},
        shapes,
        PIXELS,
        "outputs",
        {},
        list(meta["classes"]),
        registry.make("energy", meta["config"]["energy"]).reading(),
        grid_of(layers),
        meta["config"]["arch"].get("name", "net"),
        meta,
    )

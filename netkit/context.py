"""Context: what a layer sees of a pass."""

from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, TypeAlias
from zlib import crc32

from netkit.backends.splitmix import start_of
from netkit.mixing import Mix
from netkit.rounding import Rounder
from netkit.types import Array, Shape

if TYPE_CHECKING:
    from netkit.backends.base import Step
    from netkit.layer import Layer
    from netkit.net import Net
    from netkit.worker import Worker

See: TypeAlias = Callable[[str, "Layer", Array, Array], None]  # see(name, layer, x, y)
OnGradient: TypeAlias = Callable[[int, Array], Array]  # on_gradient(k, dy) -> dy
Layers: TypeAlias = Mapping[str, "Layer"]


class Context:
    """A layer's weights `p`, gradients `g` and statistics `s`, the backend, memory for results.

    p, g, s: namespaces of views, `ctx.p.W`.  ops: the backend.  xp: its array module.  dtype: of
    the net.  wants_dx: whether anybody asks for the gradient at the layer's input.  trainable:
    whether the layer, or one inside it, has weights that learn.  frozen: see Net.freeze.
    children: the contexts of the layers inside.
    """

    def __init__(
        self, net: "Net", name: str, layer: "Layer", *, worker: "Worker", wants_dx: bool
    ) -> None:
        def views(declared: Sequence[Any], vector: Array) -> SimpleNamespace:
            return SimpleNamespace(
                **{w.name: net.view(f"{name}.{w.name}", vector) for w in declared}
            )

        self.name = name
        self.ops = net.ops
        self.xp = net.ops.xp
        self.dtype = net.dtype
        self.worker = worker
        self.p = views(layer.weights, net.used)
        self.g = views(layer.weights, worker.grads)
        self.s = views(layer.states, worker.state)
        self.wants_dx: bool = wants_dx
        self.children = make_contexts(
            net, layer.layers, worker, wants_dx=wants_dx, prefix=name + "."
        )
        self.frozen = name in net.frozen
        self.trainable: bool = not self.frozen and (
            bool(layer.weights) or any(child.trainable for child in self.children)
        )
        rounding = net.rounding
        self.rounder = Rounder(self, rounding) if rounding and name in rounding.numbers else None
        self.name_key = crc32(name.encode())  # makes the layer's random numbers its own
        self.fused: Sequence[Step] | None = None  # the steps of the chain that begins here

    @property
    def training(self) -> bool:
        """True in training, unless it is frozen: dropout, jitter and running statistics act."""
        return self.worker.training and not self.frozen

    def empty(self, shape: Shape, dtype: Any = None) -> Array:
        """Return an uninitialised array for a result of this pass.

        The k-th one that a pass asks for lies where the k-th of the pass before did.
        """
        return self.worker.arena.empty(shape, dtype or self.dtype)

    @property
    def divided(self) -> bool:
        """Whether other processes have images of this batch's part too: see `over_ranks`."""
        return self.training and self.worker.over_ranks is not None

    def over_ranks(self, sums: Array) -> Array:
        """Put the sum over those processes into `sums`, a small vector, in training; return it.

        So a mean is that of the whole part. Every layer asks as often in every process.
        """
        if self.training and self.worker.over_ranks is not None:
            self.worker.over_ranks(sums)
        return sums

    @property
    def scale(self) -> Any:
        """What multiplies the gradient of a penalty: a number or one a sample (N,)."""
        return self.worker.scale

    def penalise(self, energies: Array) -> None:
        """Add to the energy of each sample (N,), in training.

        Its gradient, times `scale`, is the layer's to add.
        """
        self.worker.penalties.append(energies)

    def mix(self, order: Array, share: Array) -> None:
        """Say that from here on image n of this pass is share[n] of it, the rest image order[n].

        order: a permutation of the N images, (N,).  share: in 0..1 (N,), of the net's type.  The
        energy is then that of both labels, by these shares.
        """
        self.worker.mixes.append(Mix(order, share))

    def moved(self, places: Array) -> None:
        """Say that from here on the pixels of each image are elsewhere, and so are its boxes.

        places: (6, N), where they come from: the pixel (r, c) from row m0 r + m1 c + m2 and column
        m3 r + m4 c + m5. The maps are still as large as the image.
        """
        self.worker.moves.append(places)

    def uniform(self, shape: Shape) -> Array:
        """Return random numbers in [0, 1) of float64: others for each step, layer and worker."""
        self.worker.uses_random = True
        return self.ops.uniform(shape, *self.worker.key, self.name_key)

    def uniform_by_image(self, count: int, images: int) -> Array:
        """Return random numbers in [0, 1) of float64, `count` for each image: (count, images).

        Others for each step and layer. Those of an image depend on its place in the batch, and not
        on how the batch is divided over threads and blocks.
        """
        worker = self.worker
        worker.uses_random = True
        key = (*worker.batch_key, self.name_key)
        return self.ops.uniform_by_image(count, images, worker.first, *key)

    def numbers_begin(self) -> tuple[int, int]:
        """Return where in splitmix's sequence uniform_by_image begins, and the first image's place.

        For kernels that draw the numbers themselves.
        """
        worker = self.worker
        worker.uses_random = True
        return start_of((*worker.batch_key, self.name_key)), worker.first

    def as_input(self, pixel: float) -> float:
        """Return what the net's first layer is given for a pixel's value in the data."""
        return (pixel + self.worker.net.bias) * self.worker.net.coeff


def make_contexts(
    net: "Net",
    layers: Layers,
    worker: "Worker",
    *,
    wants_dx: bool = False,
    prefix: str = "",
) -> list[Context]:
    """Return a Context for each of the layers, in order.

    wants_dx: whether anything below the first of them is trained.
    """
    contexts: list[Context] = []
    for name, layer in layers.items():
        contexts.append(Context(net, prefix + name, layer, worker=worker, wants_dx=wants_dx))
        wants_dx = wants_dx or contexts[-1].trainable
    return contexts

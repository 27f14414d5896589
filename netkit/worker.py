"""Worker: what one thread runs a net with, its own gradients and its own memory."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.arena import Arena, vector
from netkit.context import See, make_contexts
from netkit.image_checks import check_images
from netkit.kernel_steps import first_room, not_written
from netkit.mixing import Mix, mixed
from netkit.moving import moved_labels
from netkit.rounding import refresh
from netkit.types import Array, Backward

if TYPE_CHECKING:
    from netkit.energy import Energy
    from netkit.net import Net

Feel = Callable[[str, Array], Array]  # feel(name, dy) -> dy
Key = tuple[int, ...]  # whole numbers that the random layers' numbers depend on


class Worker:
    """What one thread needs to run a net: gradients, statistics, memory, a context a layer.

    first: its gradients are the net's own; others' are added to those.  wants_dx: a pass back goes
    as far as the image, whose gradient training has no use for.
    """

    def __init__(self, net: "Net", first: bool, *, wants_dx: bool = False) -> None:
        self.net = net
        self.arena = Arena(net.ops.xp)
        self.grads = net.grads if first else net.ops.asarray(vector(net.values.size, net.dtype))
        self.state = net.state.copy()
        self.training = False
        self.answering = False  # whether no pass backward follows this pass
        self.free_threads = 0  # that may help with this pass: all others of the backend at most
        self.key: Key = (0,)  # of the random numbers of this pass
        self.batch_key: Key = (0,)  # of those that an image draws whatever pass it is in
        self.first = 0  # the place in its batch of the first image of this pass
        self.penalties: list[Array] = []  # energies that layers of this pass have added
        self.scale: Any = 0.0  # of the gradients of those
        self.fresh = False  # do kernels write gradients in this pass, where others would add them?
        self.cleared: list[slice] | None = None  # what they do not write, see begin_gradient
        self.mixes: list[Mix] = []  # what layers of this pass have mixed with what
        self.moves: list[Array] = []  # where layers of this pass have taken the pixels from
        # Puts the sum of all processes' small vectors into one; None: there is one process.
        self.over_ranks: Callable[[Array], None] | None = None
        self.see: See | None = None  # who watches this pass: Net.forward
        self.feel: Feel | None = None  # of a watched pass: what a layer is given on the way back
        self.uses_random = False  # whether a layer has ever drawn random numbers
        self.recordings: dict[tuple, Any] = {}  # passes that the backend has recorded: run_pass
        self.contexts = make_contexts(net, net.layers, self, wants_dx=wants_dx)

    def gradient(
        self,
        images: Array,
        labels: Array,
        energy: "Energy",
        *,
        scale: float,
        key: Key,
        shard: int = 0,
        first: int = 0,
    ) -> tuple[Array, Array]:
        """Fill `grads` with the gradient of `scale` times the sum of the samples' energies.

        key: of the batch.  shard: which part of it these images are.  first: the place of the first
        of them in it.  Returns arrays of the device: the energy and the answered class of each
        sample (N,); of an energy for boxes the class is 0.
        """
        self.training = True
        self.scale = scale if energy.penalties else 0.0
        self.begin_gradient()
        self.take_state()

        def work(images: Array, labels: Array) -> tuple[Array, Array]:
            self.penalties = []
            y, backward = self.net.forward(self.to_input(images), self.contexts)
            if energy.targets == "boxes":
                labels = moved_labels(labels, self.moves, self.net.shape, self.net.ops.xp)
            energies, back = mixed(energy, y, labels, self.mixes)
            answers = answered(energy, y)
            backward(back(scale))
            return sum(self.penalties, energies), answers

        results = []
        self.batch_key = key
        try:
            for number, part in enumerate(self.blocks(len(images))):
                self.key = (*key, shard, number) if number else (*key, shard)
                self.first = first + part.start
                inputs = images[part], labels[part]
                same = "gradient", id(energy), scale
                results.append(self.net.ops.run_pass(self, work, inputs, same))
                self.fresh = False  # the next block adds to what this one has written
        finally:
            self.fresh = False
        self.scale = 0.0  # penalties are for this pass alone
        if len(results) == 1:
            return results[0]
        energies, answers = zip(*results, strict=True)
        return np.concatenate(energies), np.concatenate(answers)

    def begin_gradient(self) -> None:
        """Put zeros into `grads`, but where kernels write in the pass that comes.

        A large layer's gradient need then not be written twice for each batch.
        """
        if self.cleared is None and not self.watched:
            self.cleared = not_written(self.net, self.contexts)
        if self.cleared is None or self.watched:
            self.grads.fill(0)
            return
        self.fresh = True
        for at in self.cleared:
            self.grads[at].fill(0)

    @property
    def watched(self) -> bool:
        """Whether somebody looks between the layers, so that they run one by one."""
        return self.see is not None or self.feel is not None

    def take_state(self) -> None:
        """Begin with the net's running statistics."""
        if self.state.size:
            self.state[...] = self.net.state

    def outputs(self, images: Array, see: See | None = None) -> Array:
        """Return the net's outputs (K, h, w, N), in memory that the next pass uses again.

        see: called for each layer, as in Net.forward.
        """
        self.training = False
        self.key = (0,)
        self.take_state()

        def work(part: slice) -> Array:
            return self.net.forward(self.to_input(images[part]), self.contexts, see=see)[0]

        self.answering = True
        try:
            blocks = self.blocks(len(images))
            if len(blocks) == 1:
                return work(blocks[0])
            # Copied: each block's outputs lie where those of the one before did.
            return np.concatenate([work(part).copy() for part in blocks], axis=3)
        finally:
            self.answering = False

    def felt(self, name: str, backward: Backward) -> Backward:
        """Return a layer's way back, which whoever feels it gives another gradient."""
        feel = self.feel
        return backward if feel is None else lambda dy: backward(feel(name, dy))

    def blocks(self, n: int) -> list[slice]:
        """Return the slices in which n images are worked on, one pass for each.

        Small blocks keep all maps of a pass in the processor's cache: 256 images of LeNet-5 at once
        would write each layer's maps to main memory and read them back for the next layer. What a
        block adds to the gradient is the same in any division, so a backend asks for the size that
        is quickest (`block_size`). Only layers with running statistics must see all that they are
        trained on, because they average over it.
        """
        size = self.net.ops.block_size
        whole = self.net.learned_states and not self.answering
        if not size or n <= size or whole:
            return [slice(0, n)]
        return [slice(at, min(n, at + size)) for at in range(0, n, size)]

    def begin_pass(self, images: Array) -> None:
        """Check the images of a pass, and forget the pass before.

        Every batch comes by here, so that no kernel is ever handed one that its net does not take.
        """
        check_images(images, self.net.shape)
        refresh(self.net)
        self.arena.used = 0
        self.mixes = []
        self.moves = []

    def to_input(self, images: Array) -> Array:
        """Begin a pass: return images (N, C, H, W) as the first layer's input (C, H, W, N)."""
        self.begin_pass(images)
        n, *shape = images.shape
        room = first_room(self.contexts, (*shape, n))
        out = self.arena.empty((*shape, n), self.net.dtype) if room is None else room
        return self.net.ops.to_input(images, self.net.bias, self.net.coeff, out)


def answered(energy: "Energy", y: Array) -> Array:
    """Return the class answered for each image (N,), for outputs y (K, h, w, N); 0 of boxes."""
    if energy.targets == "boxes":
        return (y[0, 0, 0] * 0).astype("int64")
    return energy.best(y)[0, 0]

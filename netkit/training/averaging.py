"""Averaging: the weights of a run averaged over its last updates, to be tested and saved."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from netkit.checks import Checked, Positive, ShareBelow1
from netkit.errors import NetkitError
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.net import Net


class Averaging(Checked):
    """An exponential moving average of the weights and of the running statistics (EMA).

    average: what stays of the average at each update, such as 0.999; the rest is the weights as
    they then are (Polyak & Juditsky 1992; Tarvainen & Valpola 2017).  average_iterations: the same
    as the number of iterations over which it averages: average is 1 - 1 / (updates in them).  null
    for both: no average.

    After t updates at most (1 + t) / (10 + t) stays, so that the first weights are forgotten in
    time also in a short run; TensorFlow's ExponentialMovingAverage does so.
    """

    def __init__(
        self, average: ShareBelow1 | None = None, average_iterations: Positive | None = None
    ) -> None:
        if average is not None and average_iterations is not None:
            raise NetkitError(
                f"average={average:g}: average_iterations={average_iterations:g} says it too: "
                "give one of them"
            )
        self.average = average
        self.average_iterations = average_iterations
        self.on = average is not None or average_iterations is not None

    def begin(self, net: "Net", updates: int) -> None:
        """Begin at a net's present weights; there are so many updates in an iteration."""
        if self.average_iterations is not None:
            self.average = max(0.0, 1 - 1 / (self.average_iterations * max(1, updates)))
        self.net = net
        if self.on:
            self.pairs = [(net.values.copy(), net.values), (net.state.copy(), net.state)]

    def update(self, age: int) -> None:
        """Take the net's weights into the average after update number `age`, from 1."""
        if self.average is not None:
            share = 1 - min(self.average, (1 + age) / (10 + age))
            for averaged, present in self.pairs:
                self.net.ops.blend(averaged, present, share)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Return a context in which the net has the averaged weights instead of its own."""
        self.swap()
        try:
            yield
        finally:
            self.swap()

    def swap(self) -> None:
        """Exchange the net's weights and statistics for the averaged ones."""
        if self.on:
            for averaged, present in self.pairs:
                kept = present.copy()
                present[...] = averaged
                averaged[...] = kept

    def saved(self) -> dict[str, Array]:
        """Return what a resumed run needs beside the averaged weights, while those are in place."""
        if not self.on:
            return {}
        return dict(zip(("values", "state"), (kept for kept, _ in self.pairs), strict=True))

    def restore(self, saved: Mapping[str, Array]) -> None:
        """Go on from averaged weights in the net, and from what `saved` returned beside them."""
        if not self.on:
            return
        ours = self.saved()
        for name, kept in ours.items():
            if name not in saved or saved[name].shape != kept.shape:
                raise NetkitError(
                    f"averaging/{name} is not in the file that the run is to go on from, or not "
                    f"of {kept.size:,} numbers: begin a new run from these weights, weights=FILE"
                )
        for name, kept in ours.items():
            kept[...] = self.net.ops.asarray(saved[name], kept.dtype)
        self.swap()

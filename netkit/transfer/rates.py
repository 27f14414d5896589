"""LayerRates: layers that stay as they are while others learn, and layers that learn slower."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from netkit import checks
from netkit.errors import NetkitError, shown
from netkit.net import Net, named_layers
from netkit.types import Array

if TYPE_CHECKING:
    from netkit.optimizer import Optimizer

ALL_BUT_LAST = "all_but_last"
SHOWN = 12  # names in a line, at most


class LayerRates:
    """Which layers of a net learn, and how fast, whatever the optimizer is.

    A frozen layer keeps its weights and its running statistics, bit by bit, and acts as it does
    outside training. A layer with a factor moves by that much of the step that the optimizer takes,
    which for rules whose step is in proportion to eta is the same as a rate of factor times eta.
    The names of layers mean those inside them, too, and of two factors the one of the inner layer
    counts.

    net: made frozen as asked, so this comes before anything that runs it.  freeze: names of layers,
    "all_but_last", or a list of those.  rate_factors: {name: factor}.  last: the layers that
    all_but_last leaves; the last one with weights, if none of them is in the net.  taken: a line on
    what came from a file, said first.
    """

    def __init__(
        self,
        net: Net,
        freeze: Any = None,
        rate_factors: Any = None,
        *,
        last: Iterable[str] = (),
        taken: str = "",
    ) -> None:
        self.net = net
        self.taken = taken
        kept = {layer_of(full) for full in net.places}  # weights, or running statistics
        self.names = [name for name, _ in named_layers(net.layers) if name in kept]
        learn = [name for name in self.names if self.size([name])]
        self.last = [name for name in learn if name in set(last)] or learn[-1:]
        self.frozen = self.frozen_by(freeze)
        self.factors = self.factors_by(rate_factors)
        net.freeze(self.frozen)
        self.still = net.parts("weights", self.frozen)
        self.slowed = [(at, f) for n, f in self.factors.items() for at in net.parts("weights", [n])]
        self.before = net.values.copy() if self.still or self.slowed else None

    def step(
        self,
        optimizer: "Optimizer",
        slots: dict[str, Array],
        age: int,
        *,
        progress: float,
        samples: int,
    ) -> None:
        """Change net.values by net.grads as Optimizer.step does, each layer as far as asked."""
        x, dx, before = self.net.values, self.net.grads, self.before
        if before is None:
            optimizer.step(x, dx, slots, age, progress, samples)
            return
        for at in self.still:  # their gradient counts in no norm and no running mean
            dx[at] = 0
        before[...] = x
        optimizer.step(x, dx, slots, age, progress, samples)
        for at in self.still:  # weight decay moves them without a gradient
            x[at] = before[at]
        for at, factor in self.slowed:
            part = x[at]
            part -= before[at]
            part *= factor
            part += before[at]

    def lines(self) -> Iterator[tuple[str, str]]:
        """Yield what to say at the start, (word, text) a line: weights, frozen layers, factors."""
        if self.taken:
            yield "weights", self.taken
        if self.frozen:
            still, total = self.size(self.frozen), self.net.values.size
            frozen = ", ".join(limited(self.frozen))
            learn = ", ".join(limited(name for name in self.names if name not in self.frozen))
            yield "frozen", f"{frozen} ({still:,} of {total:,} weights); what learns: {learn}"
        if self.factors:
            yield "rates", ", ".join(limited(f"{n} {f:g}" for n, f in self.factors.items()))

    def frozen_by(self, freeze: Any) -> list[str]:
        """Return the layers with weights that `freeze` names, in the order of the net."""
        if freeze is None or freeze is False or freeze == []:
            return []
        given = freeze if isinstance(freeze, list) else [freeze]
        chosen = {name for one in given for name in self.called(one, f"freeze={said(freeze)}")}
        if self.size(chosen) == self.net.values.size:
            raise NetkitError(
                f"freeze={said(freeze)}: nothing is left to learn: leave one of "
                f"{', '.join(self.names)} out"
            )
        return [name for name in self.names if name in chosen]

    def factors_by(self, rate_factors: Any) -> dict[str, float]:
        """Return {layer with weights: factor}, those of an inner name before those of an outer."""
        if not rate_factors:
            return {}
        if not isinstance(rate_factors, dict):
            raise NetkitError(
                f"rate_factors={shown(rate_factors)}: give factors by layer, {{c0: 0.1}}"
            )
        factors: dict[str, float] = {}
        for one, value in sorted(flat(rate_factors), key=lambda pair: depth(pair[0])):
            if value == 0 and not isinstance(value, bool):
                raise NetkitError(f"rate_factors.{one}=0: freeze it instead, freeze=[{one}]")
            factor = checks.taken(f"rate_factors.{one}", value, checks.Positive)
            called = self.called(one, f"rate_factors.{one}")
            if set(called) <= set(self.frozen):
                raise NetkitError(
                    f"rate_factors.{one}={value}: is frozen: leave one of the two out"
                )
            factors |= dict.fromkeys(called, factor)
        return {n: factors[n] for n in self.names if n in factors and n not in self.frozen}

    def called(self, one: Any, where: str) -> list[str]:
        """Return the layers with weights that a name means: itself, those in it, all but the last.

        where: what to call the setting in the error of a name that is none.
        """
        if one == ALL_BUT_LAST:
            return [name for name in self.names if name not in self.last]
        chosen = [name for name in self.names if f"{name}.".startswith(f"{one}.")]
        if not chosen:
            known = [name for name, _ in named_layers(self.net.layers)]
            why = "has no weights" if one in known else "is not there"
            raise NetkitError(
                f"{where}: {shown(one)} {why}: layers with weights are "
                f"{', '.join(self.names)}; or {ALL_BUT_LAST}"
            )
        return chosen

    def size(self, names: Iterable[str]) -> int:
        """Return how many weights layers have of their own."""
        return sum(at.stop - at.start for at in self.net.parts("weights", names))


def layer_of(full: str) -> str:
    """Return the layer in the name of one of its arrays, "r1.c0" of "r1.c0.W"."""
    return full.rpartition(".")[0]


def flat(factors: dict[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (full name, factor) of factors by layer: {r1: {c0: 2}} is another way to say r1.c0."""
    for name, value in factors.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def depth(name: str) -> int:
    """Return how far inside others a name is; all_but_last is said of the least particular."""
    return -1 if name == ALL_BUT_LAST else name.count(".")


def said(value: Any) -> str:
    """Return a setting as it is written on the command line."""
    return f"[{','.join(map(str, value))}]" if isinstance(value, list) else shown(value)


def limited(names: Iterable[str]) -> list[str]:
    """Return the first SHOWN of some names, and how many there are beside."""
    every = list(names)
    more = len(every) - SHOWN
    return every[:SHOWN] + ([f"{more} more"] if more > 0 else [])

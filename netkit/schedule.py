"""Schedule: how the learning rate changes over a run, as a factor of eta."""

from collections.abc import Callable, Iterator, Sequence
from math import cos, pi

from netkit.checks import Share, taken
from netkit.errors import NetkitError

FALLS: dict[str, Callable[[float], float]] = {  # from 1 to 0, for u from 0 to 1 after the warm-up
    "constant": lambda u: 1.0,
    "linear": lambda u: 1 - u,
    "cosine": lambda u: (1 + cos(pi * u)) / 2,  # Loshchilov & Hutter 2017, without restarts
    "onecycle": lambda u: (1 + cos(pi * u)) / 2,  # Smith 2018
    "step": lambda u: 1.0,  # see `milestones`
}
WARMUP = {"onecycle": 0.2}  # the share of a run over which a schedule rises, if none is given
MILESTONES = (0.5, 0.75)
STEP_FACTOR = 0.1
START = 0.04  # where a warm-up begins: 1/25, as in PyTorch's OneCycleLR


class Schedule:
    """A factor of eta for each moment of a run: it rises over a warm-up, and then falls.

    name: one of FALLS.  warmup: the share of the run over which it rises from start_factor to 1, in
    a straight line (Goyal et al. 2017), for onecycle along a cosine; None: as WARMUP has it.
    end_factor: where linear, cosine and onecycle end.  milestones: shares of the run, at each of
    which step goes on with step_factor times the rate.
    """

    def __init__(
        self,
        name: str,
        warmup: float | None = None,
        *,
        start_factor: float = START,
        end_factor: float = 0.0,
        milestones: Sequence[float] = MILESTONES,
        step_factor: float = STEP_FACTOR,
    ) -> None:
        self.name = name
        self.warmup = WARMUP.get(name, 0.0) if warmup is None else warmup
        self.start_factor = start_factor
        self.end_factor = end_factor
        if not isinstance(milestones, (list, tuple)):
            raise NetkitError(f"milestones={milestones}: give a list of shares, [0.5, 0.75]")
        self.milestones = tuple(taken("milestones", at, Share) for at in milestones)
        self.step_factor = step_factor

    def __call__(self, progress: float) -> float:
        """Return the factor when a share `progress`, 0..1, of the run is over."""
        if progress < self.warmup:
            u = progress / self.warmup
            rise = (1 - cos(pi * u)) / 2 if self.name == "onecycle" else u
            return self.start_factor + (1 - self.start_factor) * rise
        if self.name == "step":
            return self.step_factor ** sum(progress >= at for at in self.milestones)
        u = (progress - self.warmup) / (1 - self.warmup)
        return self.end_factor + (1 - self.end_factor) * FALLS[self.name](u)

    def unused_settings(self, *, warms_up: bool = False) -> Iterator[str]:
        """Yield a line for each setting that has no effect beside the others.

        warms_up: whether a warm-up is given that is not known as a share yet.
        """
        falls = self.name in ("linear", "cosine", "onecycle")
        if self.end_factor and not falls:
            yield (
                f"end_factor={self.end_factor:g} has no effect with schedule={self.name}: "
                "it is where linear, cosine and onecycle end"
            )
        if self.start_factor != START and not (self.warmup or warms_up):
            yield f"start_factor={self.start_factor:g} has no effect without warmup"
        if self.name != "step":
            if self.milestones != MILESTONES:
                yield f"milestones={list(self.milestones)} has no effect without schedule=step"
            if self.step_factor != STEP_FACTOR:
                yield f"step_factor={self.step_factor:g} has no effect without schedule=step"

"""Measure: agreement first, then runs in turns; medians, and ratios of neighbouring runs."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from netkit.errors import NetkitError
from netkit.types import Array

TOLERANCE = 1e-3  # of the largest gradient; of how far the weights moved in 100 steps


class Side(Protocol):
    """One framework's way of doing the work that is timed, in the same steps as the others'.

    answers: batches that one call of `infer` answers.
    """

    answers: int

    def prepare(self, images: Array, labels: Array) -> tuple[Any, Any]: ...

    def infer(self, x: Any, labels: Any) -> Any: ...


class TrainingSide(Side, Protocol):
    """One that trains, too.  steps: training steps that one call of `train` does."""

    steps: int

    def gradient(self, x: Any, labels: Any) -> Array: ...

    def step(self, x: Any, labels: Any) -> None: ...

    def train(self, x: Any, labels: Any) -> None: ...

    def weights(self) -> Array: ...


def batch_of(n: int, seed: int = 0) -> tuple[Array, Array]:
    """Return random images (n, 1, 28, 28) of uint8 and labels (n,)."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 1, 28, 28), dtype=np.uint8), rng.integers(0, 10, n)


def agree_in_answers(ours: Side, theirs: Side, name: str, *, batch: int = 8) -> float:
    """Return how far two sides' outputs are apart, as a share of the largest.

    Raises NetkitError if that is more than TOLERANCE.
    """
    data = batch_of(batch)
    a, b = (np.asarray(side.infer(*side.prepare(*data))) for side in (ours, theirs))
    a = a.reshape(len(a), batch).T  # ours: images last
    return close(np.abs(a - b).max() / np.abs(a).max(), f"{name}: the largest output")


def agree(
    ours: TrainingSide, theirs: TrainingSide, name: str, *, batch: int = 8, steps: int = 100
) -> tuple[float, float]:
    """Return how far two sides' gradients, and their weights after `steps`, are apart.

    As shares of the largest gradient, and of how far the weights moved.  Raises NetkitError if
    either is more than TOLERANCE.
    """
    data = batch_of(batch)
    a, b = (side.gradient(*side.prepare(*data)) for side in (ours, theirs))
    gradient = close(np.abs(a - b).max() / np.abs(b).max(), f"{name}: the largest gradient")
    start = ours.weights()
    for side in (ours, theirs):
        prepared = side.prepare(*data)
        for _ in range(steps):
            side.step(*prepared)
    moved = np.abs(ours.weights() - start).max()
    weights = np.abs(ours.weights() - theirs.weights()).max() / moved
    return gradient, close(weights, f"{name}: how far the weights moved in {steps} steps")


def close(part: float, what: str) -> float:
    """Return `part` if it is at most TOLERANCE."""
    if not part <= TOLERANCE:
        raise NetkitError(
            f"{what} differs by {part:.1e} of it: it is not the same work, so nothing is timed"
        )
    return float(part)


def rate(call: Callable[[], Any], samples: float, seconds: float) -> float:
    """Return the samples a second of repeated calls over at least `seconds`."""
    calls, began = 0, time.perf_counter()
    while not calls or time.perf_counter() - began < seconds:
        call()
        calls += 1
    return calls * samples / (time.perf_counter() - began)


def alternate(
    calls: dict[str, Callable[[], Any]],
    samples: float,
    *,
    rounds: int,
    seconds: float,
    times: Mapping[str, int] | None = None,
) -> dict[str, list[float]]:
    """Return {name: [rate, ...]} of calls {name: function} that take turns.

    A round more than `rounds` warms up and is left out.  samples: of a call.  times: {name: how
    many times as many samples a call of it does}, where that is not once.
    """
    times = times or {}
    rates: dict[str, list[float]] = {name: [] for name in calls}
    for k in range(rounds + 1):
        for name, call in calls.items():
            value = rate(call, samples * times.get(name, 1), seconds)
            if k:
                rates[name].append(value)
    return rates


def times(calls: dict[str, Callable[[], Any]], rounds: int, *, unit: float = 1.0) -> dict[str, Any]:
    """Return one line of results of calls {name: function}, in seconds times `unit`."""
    rates = alternate(calls, 1 / unit, rounds=rounds, seconds=0)
    return row(rates, next(iter(calls)), -1)


def row(rates: dict[str, list[float]], ours: str, power: int = 1) -> dict[str, Any]:
    """Return one line of results: medians, the best other side, and the ratios to it.

    rates: {name: [...]}, where higher is better.  power: -1 gives the medians as times, 1 / rate.
    The ratios are of neighbouring runs: their median, the least and the most.
    """
    medians = {name: statistics.median(values) for name, values in rates.items()}
    others = {name: value for name, value in medians.items() if not name.startswith("netkit")}
    result: dict[str, Any] = {
        "rates": rates,
        "medians": {name: value**power for name, value in medians.items()},
    }
    if others:
        best = max(others, key=lambda name: others[name])
        ratios = sorted(a / b for a, b in zip(rates[ours], rates[best], strict=True))
        result |= {
            "best": best,
            "ratio": statistics.median(ratios),
            "least": ratios[0],
            "most": ratios[-1],
        }
    return result


def sgemm(threads: int, size: int = 1024, seconds: float = 0.5) -> float:
    """Return the GFLOP/s of numpy's float32 matrix products, one on each of `threads`."""
    from concurrent.futures import ThreadPoolExecutor

    from threadpoolctl import threadpool_limits

    def work(k: int) -> float:
        a = np.random.default_rng(k).random((size, size), np.float32)
        out = np.empty_like(a)
        return rate(lambda: np.matmul(a, a, out=out), 2 * size**3 / 1e9, seconds)

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        return max(sum(pool.map(work, range(threads))) for _ in range(3))

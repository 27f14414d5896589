"""Measure: agreement first, then alternating runs; medians, and ratios of neighbouring runs with
their spread.
"""

import statistics
import time

import numpy as np

from netkit.errors import NetkitError

TOLERANCE = 1e-3  # of the largest gradient; of how far the weights moved in 100 steps


def batch_of(n, seed=0):
    """Return random images (n, 1, 28, 28) of uint8 and labels (n,)."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 1, 28, 28), dtype=np.uint8), rng.integers(0, 10, n)


def agree(ours, theirs, name, batch=8, steps=100):
    """Return how far two sides' gradients, and weights after `steps`, are apart; raise if by more
    than TOLERANCE.
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
    return gradient, close(weights, f"{name}: the way of the weights in {steps} steps")


def close(part, what):
    """Return `part` if it is at most TOLERANCE."""
    if not part <= TOLERANCE:
        raise NetkitError(
            f"{what} differs by {part:.1e} of it: it is not the same work, so nothing is timed"
        )
    return float(part)


def rate(call, samples, seconds):
    """Return the samples a second of repeated calls over at least `seconds`."""
    calls, began = 0, time.perf_counter()
    while not calls or time.perf_counter() - began < seconds:
        call()
        calls += 1
    return calls * samples / (time.perf_counter() - began)


def alternate(calls, samples, rounds, seconds):
    """Return {name: [rate, ...]} of calls {name: function} in alternating rounds, after one that
    warms up.
    """
    rates = {name: [] for name in calls}
    for k in range(rounds + 1):
        for name, call in calls.items():
            value = rate(call, samples, seconds)
            if k:
                rates[name].append(value)
    return rates


def times(calls, rounds, unit=1.0):
    """Return one line of results of calls {name: function} in alternating rounds, in seconds times
    `unit`.
    """
    rates = alternate(calls, 1 / unit, rounds, 0)
    return row(rates, next(iter(calls)), -1)


def row(rates, ours, power=1):
    """Return one line of results: medians, the best other side, and the ratios to it: median,
    least, most.

    Of rates {name: [...]} the higher are the better; power=-1: the medians are given as times, 1 /
    rate.
    """
    medians = {name: statistics.median(values) for name, values in rates.items()}
    others = {name: value for name, value in medians.items() if not name.startswith("netkit")}
    result = {"rates": rates, "medians": {name: value**power for name, value in medians.items()}}
    if others:
        best = max(others, key=others.get)
        ratios = sorted(a / b for a, b in zip(rates[ours], rates[best], strict=True))
        result |= {
            "best": best,
            "ratio": statistics.median(ratios),
            "least": ratios[0],
            "most": ratios[-1],
        }
    return result


def sgemm(threads, size=1024, seconds=0.5):
    """Return the GFLOP/s of numpy's float32 matrix product, `threads` of them at once, a BLAS
    thread each.
    """
    from concurrent.futures import ThreadPoolExecutor

    from threadpoolctl import threadpool_limits

    def work(k):
        a = np.random.default_rng(k).random((size, size), np.float32)
        out = np.empty_like(a)
        return rate(lambda: np.matmul(a, a, out=out), 2 * size**3 / 1e9, seconds)

    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(threads) as pool:
        return max(sum(pool.map(work, range(threads))) for _ in range(3))

"""check_energy: what the author of an energy runs to know that it is right."""

from collections.abc import Callable
from typing import Any

import numpy as np

from netkit.energy import Energy
from netkit.testing.alike import check_alike, devices
from netkit.types import Array

STEP = 1e-6
GRID = (-3, -3), (10, 10), (4, 4)  # of cells, as Net.grid has it


def check_energy(
    make: Callable[[], Energy],
    classes: int = 3,
    samples: int = 20,
    *,
    tolerance: float = 1e-6,
    seed: int = 0,
) -> None:
    """Check an energy: its gradient against differences, its answers, types, a strict device.

    make: a function without arguments that returns a new energy.  Its outputs y are drawn from a
    normal distribution, (K, 1, 1, samples) in training, (K, 2, 3, samples) over larger images. One
    for boxes is given (K, 2, 3, samples) in training, and labels of up to three boxes an image.
    `noise` is checked where the energy has one of its own: its covariance against the second
    derivative. Raises AssertionError.
    """
    rng = np.random.default_rng(seed)
    found = []
    for dtype, ops in devices():
        energy = make()
        energy.ops = ops
        outputs = energy.outputs(classes)
        draw = np.random.default_rng(seed + 1)
        places = (1, 1)
        given = draw.integers(0, classes, samples)
        if energy.targets == "boxes":
            places, energy.grid = (2, 3), GRID
            given = some_boxes(draw, classes, samples)
        host = draw.normal(size=(outputs, *places, samples)).astype(dtype)
        labels = ops.asarray(given)
        y = ops.asarray(host.copy())
        energies, backward = energy.forward(y, labels)
        assert np.array_equal(ops.to_host(y), host), "forward changed y, which `answer` reads next"
        check_array("forward's energies", energies, (samples,), dtype)
        whole = backward(1.0)
        check_array("backward's gradient", whole, y.shape, dtype)
        scale = ops.asarray(draw.uniform(0.5, 2, samples), dtype)
        scaled = energy.forward(y, labels)[1](scale)  # a backward is called once
        check_array("backward's gradient for a scale of each sample", scaled, y.shape, dtype)
        found.append([ops.to_host(a).copy() for a in (energies, whole, scaled)])
        assert np.allclose(found[-1][2], found[-1][1] * ops.to_host(scale), rtol=1e-4, atol=1e-6), (
            "backward(scale) is not backward(1.0) times scale"
        )
        for shape in ((outputs, 1, 1, samples), (outputs, 2, 3, samples)):
            check_answers(energy, ops.asarray(draw.normal(size=shape), dtype), classes)
        if dtype == "float64":
            check_slope(energy, host, labels, whole, tolerance)
            if type(energy).noise is not Energy.noise:
                check_noise(energy, host[..., :1], labels[:1], rng)
    check_alike(found)


def check_array(what: str, array: Array, shape: tuple[int, ...], dtype: Any) -> None:
    """Compare an array's shape and type with those that the contract has."""
    assert tuple(array.shape) == tuple(shape), f"{what}: shape {array.shape}, give {shape}"
    assert dtype is None or array.dtype == dtype, f"{what}: {array.dtype}, give {dtype}"


def check_answers(energy: Energy, y: Array, classes: int) -> None:
    """Check the classes and confidences read from outputs y (K, h, w, N)."""
    best, confidence = energy.answer(y)
    check_array("the answered classes", best, y.shape[1:], None)
    check_array("the confidences of the answers", confidence, y.shape[1:], None)
    each = energy.confidences(y)
    if energy.targets == "boxes":
        check_array("confidences", each, (classes, *y.shape[1:]), None)
        sides = energy.boxes(y, GRID)
        assert sides is not None, "boxes returns None, and the energy is for boxes: give boxes"
        check_array("boxes", sides, (4, *y.shape[1:]), None)
    else:
        check_array("confidences", each, y.shape, None)
    host = energy.ops.to_host
    best = host(best)
    assert best.dtype.kind in "iu", f"the answered classes are {best.dtype}: give whole numbers"
    assert 0 <= best.min() <= best.max() < classes, (
        f"there are {classes} classes, answered {best.max()}"
    )
    alone = host(energy.best(y))
    assert np.array_equal(alone, best), "best gives other classes than answer"
    for numbers in (host(confidence), host(each)):
        assert -1e-6 <= numbers.min() <= numbers.max() <= 1 + 1e-6, "a confidence is not in 0..1"


def check_slope(energy: Energy, y: Array, labels: Array, dy: Array, tolerance: float) -> None:
    """Compare a gradient with central differences, one output after the other."""
    for at in np.ndindex(*y.shape[:3]):
        sides = []
        for step in (STEP, -STEP):
            moved = y.copy()
            moved[at] += step
            sides.append(energy.forward(moved, labels)[0])
        numeric = (sides[0] - sides[1]) / (2 * STEP)
        wrong = np.abs(dy[at] - numeric)
        n = int(wrong.argmax())
        assert wrong[n] < tolerance * max(1.0, float(np.abs(numeric).max())), (
            f"output {at[0]} of sample {n}: gradient {dy[(*at, n)]:.9g}, "
            f"differences {numeric[n]:.9g}"
        )


def some_boxes(draw: np.random.Generator, classes: int, samples: int) -> Array:
    """Return labels (samples, 3, 5) of boxes within 3 x 2 cells of GRID, some of no class."""
    low = draw.uniform(0, 12, (samples, 3, 2))
    sizes = draw.uniform(1, 9, (samples, 3, 2))
    kinds = draw.integers(-1, classes, (samples, 3, 1))
    return np.concatenate([kinds, low, low + sizes], axis=2).astype(np.float32)


def check_noise(energy: Energy, y: Array, label: Array, rng: Any, draws: int = 20000) -> None:
    """Compare the covariance of an energy's noise with its second derivative, roughly."""
    many = np.broadcast_to(y, (*y.shape[:3], draws))
    labels = np.broadcast_to(label, draws)
    noise = energy.noise(many, labels, rng.uniform(size=many.shape)).reshape(len(y), draws)
    second = np.zeros((len(y), len(y)))
    for k in range(len(y)):
        sides = []
        for step in (1e-5, -1e-5):
            moved = y.copy()
            moved[k] += step
            sides.append(energy.forward(moved, label)[1](1.0)[:, 0, 0, 0])
        second[k] = (sides[0] - sides[1]) / 2e-5
    covariance = noise @ noise.T / draws
    size = max(1.0, float(np.abs(second).max()))
    assert np.abs(noise.mean(1)).max() < 0.05 * size, f"the mean of noise is {noise.mean(1)}, not 0"
    assert np.abs(covariance - second).max() < 0.05 * size, (
        f"noise has the covariance {covariance.tolist()}, "
        f"and the second derivative is {second.tolist()}"
    )

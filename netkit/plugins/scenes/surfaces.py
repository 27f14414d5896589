"""Surfaces: made pictures (H, W) of 0 to 255 of what detectors take for digits: none is there."""

import numpy as np

from netkit.types import Array

CELLS = 12, 500  # from how many to how many cells of a surface


def grain(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return noise that is drawn out along one direction, as wood, cloth and hair are.

    Its spectrum is a Gaussian across the direction, so many times as wide as along it.
    """
    fy, fx = np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])
    turn, fine = rng.uniform(0, np.pi), np.exp(rng.uniform(np.log(0.04), np.log(0.25)))
    along = fx * np.cos(turn) + fy * np.sin(turn)
    across = fy * np.cos(turn) - fx * np.sin(turn)
    drawn = np.exp(rng.uniform(np.log(3), np.log(16)))
    spectrum = np.exp(-0.5 * ((along * drawn) ** 2 + across**2) / fine**2)
    phases = np.exp(2j * np.pi * rng.uniform(size=spectrum.shape))
    values = np.fft.irfft2(spectrum * phases, size)
    values = np.tanh(values / (values.std() + 1e-12) * rng.uniform(0.3, 1.5))
    return spread(values)


def cells(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return stones, scales or cells: each lit from one side, with a dark or light seam around.

    They are the regions that are nearest to one of some places (Voronoi), from distances on a grid
    of half the pixels.
    """
    height, width = size
    count = int(np.exp(rng.uniform(*np.log(CELLS))))
    places = rng.uniform(0, 1, (count, 2)) * size
    y, x = np.mgrid[: (height + 1) // 2, : (width + 1) // 2].astype(np.float32) * 2
    near = np.full(y.shape, np.inf, np.float32)
    second = near.copy()
    owner = np.zeros(y.shape, np.int64)
    for k, (py, px) in enumerate(places.tolist()):
        far = np.hypot(y - py, (x - px))
        first = far < near
        second = np.where(first, near, np.minimum(second, far))
        owner[first] = k
        near = np.minimum(near, far)
    level, lean = rng.uniform(40, 215, count), rng.uniform(0, 2 * np.pi)
    side = np.sqrt(height * width / count)
    lit = (y - places[owner, 0]) * np.sin(lean) + (x - places[owner, 1]) * np.cos(lean)
    values = level[owner] * rng.uniform(0.1, 1) + lit / side * rng.uniform(0, 160)
    seam = np.exp(-(((second - near) / (side * rng.uniform(0.05, 0.3))) ** 2))
    values += seam * rng.uniform(-160, 120)
    doubled = np.kron(values, np.ones((2, 2)))[:height, :width]
    return softened(spread(doubled), rng.uniform(0.7, 1.6))


def tubes(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return round things that lie on one another, each shaded inside and with a rim: cups, coins.

    A rim alone, on an even ground, would be a nought: here a surface is inside and another around.
    """
    from PIL import Image, ImageDraw

    height, width = size
    picture = Image.new("L", (width, height), int(rng.integers(256)))
    draw = ImageDraw.Draw(picture)
    largest, flat = np.exp(rng.uniform(np.log(8), np.log(90))), rng.uniform(0.5, 1)
    share = rng.uniform(0.05, 0.3)  # of the radius: the rim
    inner, rim = int(rng.integers(30, 226)), int(rng.integers(256))
    count = int(min(700, 2.5 * height * width / largest**2))
    for _ in range(max(3, count)):
        x, y, r = rng.uniform(0, width), rng.uniform(0, height), largest * rng.uniform(0.4, 1)
        for part in np.linspace(1, 0.1, 8):
            light = rim if part > 1 - share else inner + (1 - part) * rng.normal(0, 60)
            ink = int(np.clip(light + rng.normal(0, 8), 0, 255))
            off = (1 - part) * r * 0.3
            box = x - r * part, y - r * part * flat + off, x + r * part, y + r * part * flat + off
            draw.ellipse(box, fill=ink)
    return softened(np.asarray(picture, np.float32), rng.uniform(0.3, 1.5))


def glows(size: tuple[int, int], rng: np.random.Generator) -> Array:
    """Return soft long spots on a dark ground, brightest in the middle: galaxies, gleams, drops.

    No stroke fades so, from its middle to both ends: a one does not.
    """
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    values = np.zeros(size, np.float32)
    for _ in range(int(np.exp(rng.uniform(np.log(6), np.log(60))))):
        long = np.exp(rng.uniform(np.log(2.5), np.log(25)))
        thin, turn = long * rng.uniform(0.12, 0.9), rng.uniform(0, np.pi)
        py, px = rng.uniform(0, size[0]), rng.uniform(0, size[1])
        top, bottom = max(0, int(py - 3 * long)), int(py + 3 * long) + 2
        left, right = max(0, int(px - 3 * long)), int(px + 3 * long) + 2
        at = slice(top, bottom), slice(left, right)
        dy, dx = y[at] - py, x[at] - px
        along = (dx * np.cos(turn) + dy * np.sin(turn)) / long
        across = (dy * np.cos(turn) - dx * np.sin(turn)) / thin
        far = along**2 + across**2
        spot = np.exp(-far) if rng.uniform() < 0.5 else np.exp(-2 * np.sqrt(far))
        values[at] = np.maximum(values[at], spot * rng.uniform(80, 320))
    return np.clip(values + rng.uniform(0, 30), 0, 255)


def spread(values: Array) -> Array:
    """Return numbers brought to 0 to 255."""
    low, high = float(values.min()), float(values.max())
    return np.clip((values - low) * (255 / max(high - low, 1e-12)), 0, 255).astype(np.float32)


def softened(values: Array, radius: float) -> Array:
    """Return a picture (H, W) of 0 to 255 with a Gaussian blur of `radius` pixels."""
    from PIL import Image, ImageFilter

    picture = Image.fromarray(np.clip(values, 0, 255).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)), np.float32)

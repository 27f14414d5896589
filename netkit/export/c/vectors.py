"""Images that are made in C and in Python alike, and what the net makes of them: a file's test."""

import numpy as np

from netkit.export.plan import Plan
from netkit.export.reference import run
from netkit.types import Array, Shape

IMAGES = 3
MOST = 512  # outputs of an image that are compared; of more, evenly spread ones


def test_image(shape: Shape, image: int) -> Array:
    """Return the image that net_test_image makes in C, (C, H, W) of uint8."""
    c, r, q = np.meshgrid(*(np.arange(n, dtype=np.uint32) for n in shape), indexing="ij")
    total = np.zeros(shape, np.uint32)
    for k in np.arange(4, dtype=np.uint32):
        of = c + np.uint32(7) * k + np.uint32(31 * image)
        n = (r >> k) * np.uint32(73856093) ^ (q >> k) * np.uint32(19349663)
        n ^= of * np.uint32(83492791)
        n = (n ^ n >> np.uint32(13)) * np.uint32(1274126177)
        total += (n ^ n >> np.uint32(16)) & np.uint32(255)
    return (total // 4).astype(np.uint8)


def test_outputs(plan: Plan) -> tuple[Array, int]:
    """Return the outputs for the test images, (IMAGES, n), and from which to which they step.

    They are computed in float64, from the plan before it is shaped for C, and lie as C has them:
    rows, columns, maps.
    """
    shape = plan.shapes[plan.input]
    images = np.stack([test_image(shape, k) for k in range(IMAGES)])
    y = run(plan, images, np.float64).transpose(0, 2, 3, 1).reshape(IMAGES, -1)
    step = max(1, y.shape[1] // MOST)
    return y[:, ::step], step

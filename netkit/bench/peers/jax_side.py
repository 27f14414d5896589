"""JAX's side of the work: the step compiled by XLA, alone or twenty of them in one call."""

from collections.abc import Iterable
from typing import Any

import jax
import numpy as np
from jax import lax
from jax import numpy as jnp

from netkit.bench.work import ETA
from netkit.types import Array

LAYOUT = "NHWC", "HWIO", "NHWC"  # the one that is faster on processors


class Jax:
    """One way of JAX. Its images are converted to floats once, before the timed part.

    The weights are given to XLA to be written over (donated), so that nothing is copied.

    name: of the network.  weights: netkit's, arrays in order.  steps: in one call, by lax.scan,
    which spares the way back to Python between them.
    """

    answers = 1

    def __init__(self, name: str, weights: Iterable[Array], steps: int = 1) -> None:
        self.name = name
        self.steps = steps
        self.arrays = [jnp.asarray(np.array(w)) for w in weights]
        self.shapes = [w.shape for w in self.arrays]
        model = lenet5 if name == "lenet5" else conv64

        def loss(p: list[Any], x: Any, t: Any) -> Any:
            y = model(p, x)
            if name == "lenet5":
                return 0.5 * jnp.square(y - t).sum() / len(y)
            return -jnp.take_along_axis(jax.nn.log_softmax(y), t[:, None], 1).mean()

        def step(p: list[Any], x: Any, t: Any) -> list[Any]:
            grads = jax.grad(loss)(p, x, t)
            return [w - ETA * g for w, g in zip(p, grads, strict=True)]

        def several(p: list[Any], x: Any, t: Any) -> list[Any]:
            return lax.scan(lambda p, _: (step(p, x, t), None), p, length=steps)[0]

        self.grad = jax.jit(jax.grad(loss))
        self.one = jax.jit(step, donate_argnums=0)
        self.several = jax.jit(several, donate_argnums=0)
        self.model = jax.jit(model)

    def prepare(self, images: Array, labels: Array) -> tuple[Any, Any]:
        """Return a batch of floats, maps last, and its targets."""
        x = jnp.asarray(np.moveaxis(images.astype(np.float32) * np.float32(0.01), 1, -1))
        if self.name == "lenet5":
            return x, jnp.asarray((2.0 * np.eye(10)[labels] - 1).astype(np.float32))
        return x, jnp.asarray(labels)

    def gradient(self, x: Any, t: Any) -> Array:
        """Return the flat gradient."""
        return flat(self.grad(self.arrays, x, t))

    def step(self, x: Any, t: Any) -> None:
        """Do one training step."""
        self.arrays = jax.block_until_ready(self.one(self.arrays, x, t))

    def train(self, x: Any, t: Any) -> None:
        """Do `steps` training steps."""
        if self.steps == 1:
            self.step(x, t)
        else:
            self.arrays = jax.block_until_ready(self.several(self.arrays, x, t))

    def infer(self, x: Any, t: Any = None) -> Array:
        """Return the outputs (N, K) for a batch."""
        return np.asarray(jax.block_until_ready(self.model(self.arrays, x)))

    def weights(self) -> Array:
        """Return the flat weights."""
        return flat(self.arrays)


def flat(arrays: list[Any]) -> Array:
    """Return arrays one after the other."""
    return np.concatenate([np.asarray(a).ravel() for a in arrays])


def lenet5(p: list[Any], x: Any) -> Any:
    """Return LeNet-5's outputs (N, 10) for images (N, H, W, 1)."""
    x = jnp.pad(x, ((0, 0), (2, 2), (2, 2), (0, 0)))
    for k in (0, 4):
        x = jnp.tanh(conv(x, p[k], p[k + 1], 5))
        sums = lax.reduce_window(x, 0.0, lax.add, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        x = jnp.tanh(sums * p[k + 2].ravel() + p[k + 3].ravel())
    x = jnp.tanh(conv(x, p[8], p[9], 5))
    return jnp.tanh(linear(x, p[10], p[11]))


def conv64(p: list[Any], x: Any) -> Any:
    """Return the outputs (N, 10) of two convolutions, a maximum and two linear layers."""
    for k in (0, 2):
        x = jax.nn.relu(conv(x, p[k], p[k + 1], 3))
    x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
    return linear(jax.nn.relu(linear(x, p[4], p[5])), p[6], p[7])


def conv(x: Any, w: Any, b: Any, side: int) -> Any:
    """Return a convolution of x (N, H, W, C) with kernels of side x side, and its bias."""
    kernels = w.reshape(-1, x.shape[3], side, side).transpose(2, 3, 1, 0)
    return lax.conv_general_dilated(x, kernels, (1, 1), "VALID", dimension_numbers=LAYOUT) + b


def linear(x: Any, w: Any, b: Any) -> Any:
    """Return a matrix times all of each image, whose columns stand as (C, H, W), and its bias."""
    if x.ndim == 4:
        x = x.transpose(0, 3, 1, 2).reshape(len(x), -1)
    return x @ w.reshape(len(b), -1).T + b

"""Curvature: the diagonal of the Gauss-Newton matrix, from gradients alone."""

from netkit.energy import Energy


def gauss_newton(shards, energy, images, labels, key, out):
    """Write into `out`, flat like the weights, the Gauss-Newton diagonal: its mean over the samples given.

    With J the derivative of the outputs by a weight and H the energy's second derivative at the outputs it is
    J'HJ. Sent back in place of dy, noise of mean 0 and covariance H gives J' noise, whose square is J'HJ on average
    (as Hutchinson 1990). One sample a pass, so that there are as many draws as samples. `key`: whole numbers that
    the noise depends on. The running statistics of the net stay as they were; net.dx does not.
    """
    net, state, noise = shards.net, shards.net.state.copy(), Noise(energy)
    out.fill(0)
    for k in range(len(labels)):
        noise.key = (*key, k)
        shards.gradient(images[k : k + 1], labels[k : k + 1], noise, (*key, k))
        out += net.dx * net.dx
    out /= max(1, len(labels))
    net.state[...] = state
    return out


class Noise(Energy):
    """An energy whose gradient at the outputs is noise with the covariance of another's second derivative."""

    key, penalties = (0,), False

    def __init__(self, energy):
        self.energy, self.ops = energy, energy.ops

    def forward(self, y, labels):
        draw = self.ops.uniform(y.shape, *self.key, 11)
        noise = self.energy.noise(y, draw).astype(y.dtype)
        return noise[0, 0, 0] * 0, lambda scale: noise * scale

    def answer(self, y):
        return self.energy.answer(y)

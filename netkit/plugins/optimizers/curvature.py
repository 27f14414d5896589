"""Curvature: the diagonal of the Gauss-Newton matrix, from gradients alone."""

from netkit.energy import Energy


def gauss_newton(shards, energy, images, labels, key, out):
    """Write into `out`, flat like the weights, the Gauss-Newton diagonal: its mean over the samples
    given.

    With J the derivative of the outputs by a weight and H the energy's second derivative at the
    outputs it is J'HJ. Sent back in place of dy, noise of mean 0 and covariance H gives J' noise,
    whose square is J'HJ on average (as Hutchinson 1990). Between any two layers each number of it
    changes sign by chance, so that only the squares are left on average and the products of
    different numbers are not: LeCun's recursion from layer to layer (LeCun et al. 1998, appendix
    C), as EBLearn has it. One sample a pass. `key`: whole numbers that the noise depends on. The
    running statistics of the net stay as they were; net.grads does not.
    """
    net, state, noise = shards.net, shards.net.state.copy(), Noise(energy)
    out.fill(0)
    for k in range(len(labels)):
        noise.key = (*key, k)
        send_back(shards, images[k : k + 1], labels[k : k + 1], noise)
        out += net.grads * net.grads
    out /= max(1, len(labels))
    net.state[...] = state
    return out


def send_back(shards, images, labels, noise):
    """Fill net.grads with what noise at the outputs gives, its signs changed by chance between any two
    layers.
    """
    worker, net, ops = shards.workers[0], shards.net, shards.net.ops
    worker.training, worker.key = True, (*noise.key, 0)
    worker.grads.fill(0)
    worker.state[...] = net.state

    def flip(k, dy):
        draw = ops.uniform(dy.shape, *noise.key, 13, k)
        return dy * (2.0 * (draw < 0.5) - 1.0).astype(dy.dtype)

    # Not flipped at the outputs, whose products belong to H.
    y, backward = net.forward(worker.to_input(images), worker.contexts, on_gradient=flip)
    backward(noise.forward(y, labels)[1](1.0))


class Noise(Energy):
    """An energy whose gradient at the outputs is noise with the covariance of another's second
    derivative.
    """

    key, penalties = (0,), False

    def __init__(self, energy):
        self.energy, self.ops = energy, energy.ops

    def forward(self, y, labels):
        draw = self.ops.uniform(y.shape, *self.key, 11)
        noise = self.energy.noise(y, draw).astype(y.dtype)
        return noise[0, 0, 0] * 0, lambda scale: noise * scale

    def answer(self, y):
        return self.energy.answer(y)

"""Energies: what training makes small, and the answer that goes with it."""

from netkit.energy import Energy


class L2(Energy):
    """Half the squared distance to a target: +1 for the class and -1 for the others (EBLearn's l2_energy).

    The confidence is how far the largest output, cut to -1..1, stands above the second: 0..1 (its class_answer).
    """

    def forward(self, y, labels):
        y = y[:, 0, 0]  # (K, N)
        diff = y - self.targets(y, labels)
        return 0.5 * (diff * diff).sum(0), lambda scale: (diff * scale)[:, None, None]

    def targets(self, y, labels):
        xp = self.ops.xp
        hit = xp.arange(y.shape[0])[:, None] == labels
        return (2 * hit - 1).astype(y.dtype)

    def answer(self, y):
        xp = self.ops.xp
        best = y.argmax(0)
        if y.shape[0] == 1:
            return best, xp.clip((y[0] + 1) / 2, 0, 1)
        top = xp.clip(xp.partition(y, y.shape[0] - 2, axis=0)[-2:], -1, 1)
        return best, (top[1] - top[0]) / 2


class CrossEntropy(Energy):
    """Minus the logarithm of the softmax of the class's output; the confidence is the largest softmax."""

    def forward(self, y, labels):
        y, xp = y[:, 0, 0], self.ops.xp
        y = y - y.max(0)
        e = xp.exp(y)
        total = e.sum(0)
        at = labels, xp.arange(y.shape[1])
        energies = xp.log(total) - y[at]

        def backward(scale):
            dy = e / total
            dy[at] -= 1
            dy *= scale
            return dy[:, None, None]

        return energies, backward

    def noise(self, y, uniform):
        # Softmax minus a class drawn from it (by Gumbel's trick) has the covariance diag(p) - pp'.
        xp = self.ops.xp
        p = xp.exp(y - y.max(0))
        p /= p.sum(0)
        drawn = (y - xp.log(-xp.log(uniform + 1e-300))).argmax(0)
        return p - (xp.arange(y.shape[0])[:, None, None, None] == drawn)

    def answer(self, y):
        return y.argmax(0), 1 / self.ops.xp.exp(y - y.max(0)).sum(0)

    def confidences(self, y):
        e = self.ops.xp.exp(y - y.max(0))
        return e / e.sum(0)

"""Energy: the contract of what training makes small and of the answer read from a net's outputs."""

from netkit.checks import Checked
from netkit.errors import NetkitError


class Energy(Checked):
    """A loss and the answer that goes with it, for outputs y (K, h, w, N) and labels (N,).

    `ops` is the backend, set by `bind`; the constructor's arguments are what its YAML takes.
    """

    ops = None
    penalties = True  # whether the layers' penalties, such as l1penalty, are part of it

    def bind(self, ops, net, classes):
        """Take the backend, and check that the net's outputs fit the number of classes; return
        self.
        """
        outputs = net.shapes[-1] if net.shapes else net.shape
        if outputs != (self.outputs(classes), 1, 1):
            last = list(net.layers)[-1] if net.layers else "input"
            raise NetkitError(
                f"{last}: the net's output is {outputs}, but {classes} classes need ({self.outputs(classes)}, 1, 1): "
                "write `out: noutputs` in the last layer, and shrink the maps to 1x1"
            )
        self.ops = ops
        return self

    def outputs(self, classes):
        """Return how many outputs it needs for so many classes."""
        return classes

    def forward(self, y, labels):
        """Return the energy of each sample (N,), for y (K, 1, 1, N), and backward(scale) -> dy of
        the same shape.

        scale, a number or one a sample (N,), multiplies the energies' gradients.
        """
        raise NotImplementedError

    def noise(self, y, uniform):
        """Return random numbers like y, of mean 0 and with the energy's second derivative at y as
        their covariance.

        uniform: as many numbers in [0, 1) to make them of. What second-order rules need. As it
        stands, for energies like half a squared distance, whose second derivative is 1: a fair
        choice of -1 and +1 for each output.
        """
        return 2.0 * (uniform < 0.5) - 1.0

    def answer(self, y):
        """Return the class and the confidence in 0..1 at each place: two arrays (h, w, N)."""
        raise NotImplementedError

    def confidences(self, y):
        """Return how far each class is believed, in 0..1, of the shape of y: for outputs between -1
        and 1.
        """
        return (self.ops.xp.clip(y, -1, 1) + 1) / 2

"""More layers that treat every number by itself: LeCun's sigmoid, softplus, powers, one coefficient a map."""

from netkit.errors import NetkitError
from netkit.layer import Layer

GAIN, SLOPE = 1.71593428, 2 / 3  # so that f(±1) is ±1 within 2e-5 (LeCun, Bottou, Orr & Müller 1998, section 4.4)


class StdSigmoid(Layer):
    """y = 1.7159 tanh(2x/3) + linear * x: LeCun's sigmoid, EBLearn's stdsig; `linear` keeps it from flattening."""

    def __init__(self, linear=0.0):
        self.linear = number(linear, "stdsigmoid linear")

    def forward(self, x, run):
        t = run.xp.multiply(x, SLOPE, out=run.empty(x.shape))
        run.xp.tanh(t, out=t)
        y = run.xp.multiply(t, GAIN, out=run.empty(x.shape))
        if self.linear:
            y += self.linear * x

        def backward(dy):
            dx = run.xp.multiply(t, t, out=run.empty(x.shape))
            dx *= -GAIN * SLOPE
            dx += GAIN * SLOPE + self.linear
            dx *= dy
            return dx

        return y, backward


class Softplus(Layer):
    """y = log(1 + exp(x)): relu with a round corner."""

    def forward(self, x, run):
        xp = run.xp
        y = xp.absolute(x, out=run.empty(x.shape))  # log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|))
        xp.negative(y, out=y)
        xp.exp(y, out=y)
        xp.log1p(y, out=y)
        y += xp.maximum(x, 0)

        def backward(dy):
            dx = xp.multiply(x, 0.5, out=run.empty(x.shape))
            xp.tanh(dx, out=dx)  # its derivative is the sigmoid, (1 + tanh(x/2)) / 2
            dx += 1
            dx *= 0.5
            dx *= dy
            return dx

        return y, backward


class Power(Layer):
    """y = x^power. For a power that is not whole, numbers below 0 count as 0: rectify (abs) before it."""

    def __init__(self, power):
        self.power = number(power, "power")
        if not 0 < self.power <= 64:
            raise NetkitError(f"power={power}: give a number above 0, up to 64")
        self.whole = self.power == int(self.power)

    def forward(self, x, run):
        xp, p = run.xp, self.power
        base = x if self.whole else xp.maximum(x, 0, out=run.empty(x.shape))
        y = xp.power(base, p, out=run.empty(x.shape))

        def backward(dy):
            if p >= 1:
                dx = xp.power(base, p - 1, out=run.empty(x.shape))
            else:  # the slope at 0 is infinite: no gradient passes there
                dx = xp.power(xp.where(base > 0, base, 1), p - 1, out=run.empty(x.shape))
                dx *= base > 0
            dx *= p
            dx *= dy
            return dx

        return y, backward


class Square(Layer):
    """y = x²."""

    def forward(self, x, run):
        y = run.xp.multiply(x, x, out=run.empty(x.shape))

        def backward(dy):
            dx = run.xp.multiply(x, 2, out=run.empty(x.shape))
            dx *= dy
            return dx

        return y, backward


class Sqrt(Layer):
    """y = sqrt(x); numbers below 0 count as 0, and no gradient passes at 0, where the slope is infinite."""

    def forward(self, x, run):
        xp = run.xp
        y = xp.maximum(x, 0, out=run.empty(x.shape))
        xp.sqrt(y, out=y)

        def backward(dy):
            dx = xp.divide(0.5 * dy, xp.where(y > 0, y, 1), out=run.empty(x.shape))
            dx *= y > 0
            return dx

        return y, backward


class Diag(Layer):
    """Multiply each map by one trained coefficient, 1 at the start: y[c] = x[c] * c[c]."""

    def build(self, shape):
        self.weight("c", (shape[0],), start=1.0)
        return shape

    def forward(self, x, run):
        c = run.p.c[:, None, None, None]
        y = run.xp.multiply(x, c, out=run.empty(x.shape))

        def backward(dy):
            run.g.c += (dy * x).sum((1, 2, 3))
            return run.xp.multiply(dy, c, out=run.empty(x.shape))

        return y, backward


def number(value, what):
    """Return `value` as a float if it is a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NetkitError(f"{what}={value}: give a number")
    return float(value)

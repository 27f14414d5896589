"""Contrast normalisation in ONNX's operators: a convolution with the window is the sum of a
neighbourhood.
"""

import numpy as np


def around(g, layer, x, p):
    """Return the weighted sum of the neighbourhood of x, over all maps or map by map
    (Neighbourhood.around).
    """
    kh, kw = layer.kernel
    window = p["w"] if getattr(layer, "learn", False) else np.outer(*layer.taps)
    kernels = np.tile(window, (1, layer.maps, 1, 1) if layer.across else (layer.maps, 1, 1, 1))
    pads = kh // 2, kw // 2, (kh - 1) // 2, (kw - 1) // 2
    if layer.mirror:
        x = g.add("Pad", x, g.whole(0, 0, *pads[:2], 0, 0, *pads[2:]), mode="reflect")
        pads = 0, 0, 0, 0
    return g.add("Conv", x, kernels, pads=pads, group=1 if layer.across else layer.maps)


def snorm(g, layer, x, p):
    return g.add("Sub", x, around(g, layer, x, p))


def dnorm(g, layer, x, p):
    power = g.add("Max", around(g, layer, g.add("Mul", x, x), p), 0)
    s = g.add("Sqrt", g.add("Add", power, layer.epsilon))
    if layer.threshold:
        s = g.add("Max", s, g.add("ReduceMean", s, axes=[1, 2, 3], keepdims=1))
    return g.add("Div", x, s)


def cnorm(g, layer, x, p):
    return g.chain(layer.layers, x, layer.name + ".")


def wstd(g, layer, x, p):
    """Write the plain wstd as the snorm and dnorm that it is short for."""
    from netkit.plugins.layers.contrast import Dnorm, Snorm

    for part in (Snorm(layer.kernel), Dnorm(layer.kernel, epsilon=layer.epsilon)):
        part.build((layer.maps, 10**6, 10**6))
        x = {Snorm: snorm, Dnorm: dnorm}[type(part)](g, part, x, p)
    return x


def global_norm(g, layer, x, p):
    v = g.add("Sub", x, g.add("ReduceMean", x, axes=[1, 2, 3], keepdims=1))
    power = g.add("ReduceMean", g.add("Mul", v, v), axes=[1, 2, 3], keepdims=1)
    return g.add("Div", v, g.add("Max", g.add("Sqrt", power), 1e-30))

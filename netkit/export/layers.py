"""How each built-in layer is written in ONNX's operators: rule(graph, layer, x, p) -> y."""

import numpy as np

from netkit.export.contrast import cnorm, dnorm, global_norm, snorm, wstd

END = 2**31 - 1  # "up to the end" of a slice


def same(g, layer, x, p):
    return x


def conv(g, layer, x, p):
    kernels = p["W"]
    if layer.pairs:
        full = np.zeros((layer.out, layer.maps, kernels.shape[1]), kernels.dtype)
        full[tuple(layer.pairs)] = kernels
        kernels = full
    arrays = [kernels.reshape(layer.out, layer.maps, *layer.kernel)] + (
        [p["b"]] if layer.bias else []
    )
    return g.add("Conv", x, *arrays, strides=layer.stride, pads=layer.pad * 2)


def maxpool(g, layer, x, p):
    return g.add("MaxPool", x, kernel_shape=layer.kernel, strides=layer.stride)


def avgpool(g, layer, x, p):
    return g.add("AveragePool", x, kernel_shape=layer.kernel, strides=layer.stride)


def subs(g, layer, x, p):
    kernels = np.ones((len(p["c"]), 1, *layer.kernel)) * over_maps(p["c"])[:, None]
    arrays = [kernels] + ([p["b"]] if layer.bias else [])
    return g.add("Conv", x, *arrays, strides=layer.stride, group=len(p["c"]))


def wavgpool(g, layer, x, p):
    kernels = np.tile(np.reshape(layer.taps, (1, 1, *layer.kernel)), (layer.maps, 1, 1, 1))
    return g.add("Conv", x, kernels, strides=layer.stride, group=layer.maps)


def lppool(g, layer, x, p):
    if layer.power == 1:
        return wavgpool(g, layer, x, p)
    size, (kh, kw), terms = g.add("Abs", x), layer.kernel, []
    most = g.add(
        "Max", g.add("MaxPool", size, kernel_shape=layer.kernel, strides=layer.stride), 1e-30
    )
    for k, tap in enumerate(
        layer.taps
    ):  # a power of a share of the largest of the window, as LpPool has it
        i, j = divmod(k, kw)
        ends = g.whole(*(-n if n else END for n in (kh - 1 - i, kw - 1 - j)))
        part = g.add("Slice", size, g.whole(i, j), ends, g.whole(2, 3), g.whole(*layer.stride))
        terms.append(g.add("Mul", g.add("Pow", g.add("Div", part, most), layer.power), tap))
    return g.add("Mul", g.add("Pow", g.add("Sum", *terms), 1 / layer.power), most)


def relu(g, layer, x, p):
    return g.add("Max", x, layer.threshold) if layer.threshold else g.add("Relu", x)


def stdsigmoid(g, layer, x, p):
    from netkit.plugins.layers.activations import GAIN, SLOPE

    y = g.add("Mul", g.add("Tanh", g.add("Mul", x, SLOPE)), GAIN)
    return g.add("Add", y, g.add("Mul", x, layer.linear)) if layer.linear else y


def power(g, layer, x, p):
    return g.add("Pow", x if layer.whole else g.add("Max", x, 0), layer.power)


def shrink(g, layer, x, p):
    beta, b = over_maps(p["beta"]), over_maps(p["b"])
    size = g.add("Mul", g.add("Abs", x), beta)
    most = g.add("Max", size, np.maximum(beta * b, 0))
    exps = [g.add("Exp", g.add("Sub", part, most)) for part in (size, beta * b, 0)]
    log = g.add("Add", g.add("Log", g.add("Sub", g.add("Add", *exps[:2]), exps[2])), most)
    return g.add("Mul", g.add("Sub", g.add("Div", log, beta), b), g.add("Sign", x))


def linear_shrink(g, layer, x, p):
    size = g.add("Max", g.add("Sub", g.add("Abs", x), over_maps(p["b"])), 0)
    return g.add("Mul", size, g.add("Sign", x))


def tanh_shrink(g, layer, x, p):
    x = g.add("Mul", x, over_maps(p["a"])) if layer.coefficients else x
    y = g.add("Sub", x, g.add("Tanh", x))
    return g.add("Mul", y, over_maps(p["c"])) if layer.coefficients else y


def batchnorm(g, layer, x, p):
    arrays = (p[name] for name in ("scale", "shift", "mean", "variance"))
    return g.add("BatchNormalization", x, *arrays, epsilon=layer.epsilon)


def zpad(g, layer, x, p):
    top, left, bottom, right = layer.sides
    return g.add("Pad", x, g.whole(0, 0, top, left, 0, 0, bottom, right))


def mpad(g, layer, x, p):
    top, left, bottom, right = layer.sides
    return g.add("Pad", x, g.whole(0, 0, top, left, 0, 0, bottom, right), mode="reflect")


def narrow(g, layer, x, p):
    end = -layer.after if layer.after else END
    return g.add("Slice", x, g.whole(layer.offset), g.whole(end), g.whole(layer.dim + 1))


def resize(g, layer, x, p):
    from netkit.plugins.layers.resize import WEIGHTS

    g.fixed = True
    down, across = (
        WEIGHTS[layer.mode](np, have, want)
        for have, want in zip(layer.built, layer.ends, strict=True)
    )
    return g.add("MatMul", g.add("MatMul", down, x), across.T)


def residual(g, layer, x, p):
    main, short = (
        g.chain(layer.main, x, layer.name + "."),
        g.chain(layer.shortcut, x, layer.name + "."),
    )
    return g.add("Add", main, short)


def chain(g, layer, x, p):
    return g.chain(layer.layers, x, layer.name + ".")


def branch(g, layer, x, p):
    ends = [g.layer(f"{layer.name}.{name}", path, x) for name, path in layer.layers.items()]
    if layer.join == "sum":
        return g.add("Sum", *ends)
    if layer.join == "flat":
        g.fixed = True
        ends = [g.add("Reshape", end, g.whole(0, -1, 1, 1)) for end in ends]
    return g.add("Concat", *ends, axis=1)


def colour(g, layer, x, p):
    rows = layer.rows()
    if rows:
        shares = np.array(rows)[:, :3, None, None]
        x = g.add("Conv", x, shares, np.array(rows)[:, 3] * layer.white / 255)
    parts, at = [], 0
    for letters, _ in layer.groups:
        part = g.add("Slice", x, g.whole(at), g.whole(at + len(letters)), g.whole(1))
        inner = layer.layers.get(letters)
        parts.append(g.layer(f"{layer.name}.{letters}", inner, part) if inner else part)
        at += len(letters)
    return g.add("Concat", *parts, axis=1)


def over_maps(a):
    """Return a (C,) shaped to spread over (N, C, H, W)."""
    return np.asarray(a)[:, None, None]


RULES = {
    "Conv": conv,
    "MaxPool": maxpool,
    "AvgPool": avgpool,
    "Subs": subs,
    "WavgPool": wavgpool,
    "LpPool": lppool,
    "Tanh": lambda g, layer, x, p: g.add("Tanh", x),
    "Sigmoid": lambda g, layer, x, p: g.add("Sigmoid", x),
    "Abs": lambda g, layer, x, p: g.add("Abs", x),
    "Softplus": lambda g, layer, x, p: g.add("Softplus", x),
    "Square": lambda g, layer, x, p: g.add("Mul", x, x),
    "Sqrt": lambda g, layer, x, p: g.add("Sqrt", g.add("Max", x, 0)),
    "Softmax": lambda g, layer, x, p: g.add("Softmax", x, axis=1),
    "LogSoftmax": lambda g, layer, x, p: g.add("LogSoftmax", x, axis=1),
    "Addc": lambda g, layer, x, p: g.add("Add", x, over_maps(p["b"])),
    "Diag": lambda g, layer, x, p: g.add("Mul", x, over_maps(p["c"])),
    "Relu": relu,
    "StdSigmoid": stdsigmoid,
    "Power": power,
    "Shrink": shrink,
    "LinearShrink": linear_shrink,
    "TanhShrink": tanh_shrink,
    "Dropout": same,
    "Jitter": same,
    "L1Penalty": same,
    "BatchNorm": batchnorm,
    "Wstd": wstd,
    "Cnorm": cnorm,
    "Snorm": snorm,
    "Dnorm": dnorm,
    "GlobalNorm": global_norm,
    "Zpad": zpad,
    "Mpad": mpad,
    "Narrow": narrow,
    "Resize": resize,
    "Residual": residual,
    "Chain": chain,
    "Branch": branch,
    "Colour": colour,
}

"""The table of layers: arguments and an input shape with which every test of layers makes them.

A new layer adds a row here.
"""

from netkit.plugins import COLOURS

TABLE = [[0, 1], [1], [0, 2], [2, 1]]
IMAGE = (3, 6, 7)
SMALL = (3, 4, 5)
PATHS = {
    "a": {"type": "conv", "out": 2, "kernel": 3},
    "b": {"type": "maxpool", "kernel": 3, "stride": 1},
}
SCALES = {
    "fine": {"type": "chain", "layers": {}},
    "coarse": {
        "type": "chain",
        "layers": {"s": {"type": "subs", "kernel": 2}, "t": {"type": "tanh"}},
    },
}
CASES = [  # type, arguments, input shape
    ("conv", {"out": 4, "kernel": 3}, IMAGE),
    ("conv", {"out": 2, "kernel": [2, 3], "stride": [2, 1], "pad": [1, 2], "bias": False}, IMAGE),
    ("conv", {"out": 4, "kernel": 3, "table": TABLE}, IMAGE),
    ("conv", {"out": 4, "kernel": 1}, IMAGE),
    ("conv", {"out": 5, "kernel": [6, 7]}, IMAGE),
    ("linear", {"out": 5}, IMAGE),
    ("linear", {"out": 5, "bias": False}, (8, 1, 1)),
    ("maxpool", {"kernel": 2}, IMAGE),
    ("maxpool", {"kernel": 3, "stride": 2}, IMAGE),
    ("avgpool", {"kernel": 2}, IMAGE),
    ("avgpool", {"kernel": [3, 2], "stride": 1}, IMAGE),
    ("globalavgpool", {}, IMAGE),
    ("subs", {"kernel": 2}, IMAGE),
    ("subs", {"kernel": 3, "stride": 2, "bias": False}, IMAGE),
    ("tanh", {}, IMAGE),
    ("sigmoid", {}, IMAGE),
    ("relu", {}, IMAGE),
    ("relu", {"threshold": 0.3}, IMAGE),
    ("abs", {}, IMAGE),
    ("addc", {}, IMAGE),
    ("dropout", {"rate": 0.3}, IMAGE),
    ("wstd", {"kernel": 5}, IMAGE),
    ("wstd", {"kernel": [4, 3]}, IMAGE),
    ("batchnorm", {}, IMAGE),
    ("zpad", {"pad": [1, 2]}, IMAGE),
    ("zpad", {"kernel": 5}, IMAGE),
    ("jitter", {"shift": 1.3, "rotate": 20, "scale": 0.2, "shear": 0.1}, IMAGE),
    (
        "residual",
        {"layers": {"c": {"type": "conv", "out": 3, "kernel": 3, "pad": 1}, "t": {"type": "tanh"}}},
        IMAGE,
    ),
    (
        "residual",
        {
            "layers": {"c": {"type": "conv", "out": 4, "kernel": 2, "stride": 2}},
            "shortcut": {
                "p": {"type": "avgpool", "kernel": 2},
                "s": {"type": "conv", "out": 4, "kernel": 1},
            },
        },
        IMAGE,
    ),
    ("stdsigmoid", {}, SMALL),
    ("stdsig", {"linear": 0.1}, SMALL),
    ("softplus", {}, SMALL),
    ("power", {"power": 3}, SMALL),
    ("power", {"power": 1}, SMALL),
    ("power", {"power": 1.5}, SMALL),
    ("chain", {"layers": {"s": {"type": "softplus"}, "p": {"type": "power", "power": 0.5}}}, SMALL),
    ("square", {}, SMALL),
    ("sqrt", {}, (2, 3, 3)),
    ("diag", {}, SMALL),
    ("shrink", {}, SMALL),
    ("sshrink", {"beta": 2, "bias": 0.1}, SMALL),
    ("linear_shrink", {}, SMALL),
    ("lshrink", {"bias": 0.2}, SMALL),
    ("tshrink", {}, SMALL),
    ("tshrink", {"coefficients": True}, SMALL),
    ("l1penalty", {"coeff": 0.1, "threshold": 0.2}, SMALL),
    ("softmax", {}, SMALL),
    ("logsoftmax", {}, SMALL),
    ("wavgpool", {"kernel": 2}, IMAGE),
    ("wavgpool", {"kernel": 3, "stride": 2}, IMAGE),
    ("lppool", {"kernel": [3, 2], "power": 3, "stride": 1}, IMAGE),
    ("lppool", {"kernel": 2, "power": 2.5}, IMAGE),
    *((f"l{p}pool", {"kernel": 2}, IMAGE) for p in (1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64)),
    ("linear_replicable", {"out": 2}, SMALL),
    ("maxss", {"kernel": 2}, IMAGE),
    ("wstd", {"kernel": 3, "mirror": True, "threshold": False}, IMAGE),
    ("cnorm", {"kernel": 5}, IMAGE),
    ("cnorm", {"kernel": 3, "mirror": True, "across_features": False, "global_norm": True}, IMAGE),
    ("cnorm", {"kernel": 3, "learn": True, "learn_mean": True}, IMAGE),
    ("snorm", {"kernel": 5, "gaussian_coeff": 3}, IMAGE),
    ("snorm", {"kernel": [4, 3], "mirror": True}, IMAGE),
    ("snorm", {"kernel": 3, "learn": True, "across_features": False}, IMAGE),
    ("dnorm", {"kernel": [5, 4]}, IMAGE),
    ("dnorm", {"kernel": 3, "mirror": True, "across_features": False}, IMAGE),
    ("dnorm", {"kernel": 3, "mirror": True, "learn": True, "threshold": False}, IMAGE),
    ("globalnorm", {}, IMAGE),
    ("zpad", {"kernel": [4, 3]}, IMAGE),
    ("zpad", {"pad": [1, 0, 2, 3]}, IMAGE),
    ("mpad", {"pad": 0}, IMAGE),
    ("mpad", {"pad": [1, 2, 0, 3]}, IMAGE),
    ("mirrorpad", {"kernel": 4}, IMAGE),
    ("narrow", {"dim": 0, "size": 2, "offset": 1}, IMAGE),
    ("narrow", {"dim": 2, "size": 4, "offset": 1}, IMAGE),
    ("resize", {"ratio": 2}, SMALL),
    ("resize", {"size": [3, 4], "mode": "mean"}, IMAGE),
    ("resize", {"ratio": [0.7, 1.4], "mode": "nearest"}, IMAGE),
    ("chain", {"layers": SCALES["coarse"]["layers"]}, IMAGE),
    ("branch", {"layers": PATHS}, IMAGE),
    (
        "branch",
        {"layers": PATHS | {"a": {"type": "conv", "out": 3, "kernel": 3}}, "join": "sum"},
        IMAGE,
    ),
    ("branch", {"layers": SCALES, "join": "flat"}, IMAGE),
    ("merge", {"layers": PATHS}, IMAGE),
    ("colour", {"to": "ypuvp", "kernel": 3}, SMALL),
    ("colour", {"to": "rgb", "global_norm": False, "white": 2.55}, SMALL),
    *(
        (k, {"kernel": 3} if set(k[5:]) & set("pn") else {}, (1 if k[0] == "y" else 3, 4, 5))
        for k in COLOURS
    ),
    ("jitter", {"shift": [1, 0], "elastic": 0.5, "smooth": 1}, IMAGE),
]
NAMES = [f"{case[0]}-{k}" for k, case in enumerate(CASES)]

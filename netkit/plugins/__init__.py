"""Everything netkit ships, by the name that YAML uses: a plugin like any other, found by its entry point."""

from netkit.hookspecs import hookimpl

COLOURS = (
    "rgb_to_rgb", "rgb_to_rgbp", "rgb_to_rgbn", "rgb_to_y", "rgb_to_yuv", "rgb_to_yp", "rgb_to_yn", "rgb_to_ypuv",
    "rgb_to_ynuv", "rgb_to_yuvp", "rgb_to_yuvn", "rgb_to_ypuvp", "rgb_to_ynuvn", "rgb_to_ypupvp", "rgb_to_ynunvn",
    "y_to_y", "y_to_yp", "y_to_yn",
)  # fmt: skip


@hookimpl
def netkit_layers():
    return {
        "conv": "netkit.plugins.convolution:Conv",
        "linear": "netkit.plugins.convolution:Linear",
        "linear_replicable": "netkit.plugins.convolution:Linear",
        "maxpool": "netkit.plugins.pooling:MaxPool",
        "maxss": "netkit.plugins.pooling:MaxPool",
        "avgpool": "netkit.plugins.pooling:AvgPool",
        "globalavgpool": "netkit.plugins.pooling:GlobalAvgPool",
        "subs": "netkit.plugins.pooling:Subs",
        "wavgpool": "netkit.plugins.lppool:WavgPool",
        "lppool": "netkit.plugins.lppool:LpPool",
        **{f"l{p}pool": f"netkit.plugins.lppool:l{p}pool" for p in (1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64)},
        "tanh": "netkit.plugins.pointwise:Tanh",
        "sigmoid": "netkit.plugins.pointwise:Sigmoid",
        "relu": "netkit.plugins.pointwise:Relu",
        "abs": "netkit.plugins.pointwise:Abs",
        "addc": "netkit.plugins.pointwise:Addc",
        "dropout": "netkit.plugins.pointwise:Dropout",
        "stdsigmoid": "netkit.plugins.activations:StdSigmoid",
        "stdsig": "netkit.plugins.activations:StdSigmoid",
        "softplus": "netkit.plugins.activations:Softplus",
        "power": "netkit.plugins.activations:Power",
        "square": "netkit.plugins.activations:Square",
        "sqrt": "netkit.plugins.activations:Sqrt",
        "diag": "netkit.plugins.activations:Diag",
        "shrink": "netkit.plugins.shrink:Shrink",
        "sshrink": "netkit.plugins.shrink:Shrink",
        "linear_shrink": "netkit.plugins.shrink:LinearShrink",
        "lshrink": "netkit.plugins.shrink:LinearShrink",
        "tshrink": "netkit.plugins.shrink:TanhShrink",
        "softmax": "netkit.plugins.softmax:Softmax",
        "logsoftmax": "netkit.plugins.softmax:LogSoftmax",
        "wstd": "netkit.plugins.contrast:wstd",
        "cnorm": "netkit.plugins.contrast:Cnorm",
        "snorm": "netkit.plugins.contrast:Snorm",
        "dnorm": "netkit.plugins.contrast:Dnorm",
        "globalnorm": "netkit.plugins.contrast:GlobalNorm",
        "batchnorm": "netkit.plugins.normalisation:BatchNorm",
        "zpad": "netkit.plugins.padding:Zpad",
        "mpad": "netkit.plugins.padding:Mpad",
        "mirrorpad": "netkit.plugins.padding:Mpad",
        "narrow": "netkit.plugins.padding:Narrow",
        "resize": "netkit.plugins.resize:Resize",
        "residual": "netkit.plugins.structure:Residual",
        "chain": "netkit.plugins.structure:Chain",
        "branch": "netkit.plugins.branch:Branch",
        "merge": "netkit.plugins.branch:merge",
        "colour": "netkit.plugins.colour:Colour",
        **{way: f"netkit.plugins.colour:{way}" for way in COLOURS},
        "l1penalty": "netkit.plugins.penalty:L1Penalty",
        "jitter": "netkit.plugins.jitter:Jitter",
    }


@hookimpl
def netkit_datasets():
    return {
        "mnist": "netkit.plugins.datasets:Mnist",
        "fashion_mnist": "netkit.plugins.datasets:FashionMnist",
        "digits_background": "netkit.plugins.background:DigitsBackground",
        "digit_scenes": "netkit.plugins.scenes:DigitScenes",
        "annotated": "netkit.plugins.annotated:Annotated",
        "synthetic": "netkit.plugins.datasets:Synthetic",
        "files": "netkit.plugins.filedata:Files",
        "folder": "netkit.plugins.filedata:Folder",
    }


@hookimpl
def netkit_energies():
    return {
        "l2": "netkit.plugins.energies:L2",
        "cross_entropy": "netkit.plugins.energies:CrossEntropy",
        "margin": "netkit.plugins.energies:Margin",
    }


@hookimpl
def netkit_optimizers():
    return {
        "sgd": "netkit.plugins.optimizers:Sgd",
        "adam": "netkit.plugins.optimizers:Adam",
        "rmsprop": "netkit.plugins.optimizers:RmsProp",
        "sdlm": "netkit.plugins.optimizers:Sdlm",
    }


@hookimpl
def netkit_visualizers():
    return {
        "console": "netkit.plugins.console:Console",
        "configuration": "netkit.plugins.console:Configuration",
        "results": "netkit.plugins.results:Results",
        "datasets": "netkit.plugins.pictures:Datasets",
        "errors": "netkit.plugins.pictures:Errors",
        "internals": "netkit.plugins.pictures:Internals",
        "kernels": "netkit.plugins.pictures:Kernels",
        "confusion": "netkit.plugins.pictures:Confusion",
        "histogram": "netkit.plugins.pictures:Histogram",
        "curves": "netkit.plugins.pictures:Curves",
        "windows": "netkit.plugins.windows:Windows",
        "tensorboard": "netkit.plugins.tensorboard:TensorBoard",
        "report": "netkit.plugins.report:Report",
    }


@hookimpl
def netkit_backends():
    return {
        "auto": "netkit.backends.native:best",
        "native": "netkit.backends.native:NativeBackend",
        "numpy": "netkit.backends.numpy:NumpyBackend",
        "cupy": "netkit.backends.cupy:CupyBackend",
        "strict": "netkit.backends.strict:StrictBackend",
    }

"""Everything netkit ships, by the name that YAML uses: a plugin like any other, found by its entry
point.
"""

from netkit.hookspecs import hookimpl


@hookimpl
def netkit_layers():
    return {
        "conv": "netkit.plugins.layers.convolution:Conv",
        "linear": "netkit.plugins.layers.convolution:Linear",
        "maxpool": "netkit.plugins.layers.pooling:MaxPool",
        "avgpool": "netkit.plugins.layers.pooling:AvgPool",
        "globalavgpool": "netkit.plugins.layers.pooling:GlobalAvgPool",
        "subs": "netkit.plugins.layers.pooling:Subs",
        "wavgpool": "netkit.plugins.layers.weighted_pooling:WavgPool",
        "lppool": "netkit.plugins.layers.weighted_pooling:LpPool",
        "tanh": "netkit.plugins.layers.activations:Tanh",
        "sigmoid": "netkit.plugins.layers.activations:Sigmoid",
        "relu": "netkit.plugins.layers.activations:Relu",
        "abs": "netkit.plugins.layers.powers:Abs",
        "addc": "netkit.plugins.layers.per_map:Addc",
        "dropout": "netkit.plugins.layers.regularisation:Dropout",
        "stdsigmoid": "netkit.plugins.layers.activations:StdSigmoid",
        "softplus": "netkit.plugins.layers.activations:Softplus",
        "power": "netkit.plugins.layers.powers:Power",
        "square": "netkit.plugins.layers.powers:Square",
        "sqrt": "netkit.plugins.layers.powers:Sqrt",
        "diag": "netkit.plugins.layers.per_map:Diag",
        "shrink": "netkit.plugins.layers.shrink:Shrink",
        "linear_shrink": "netkit.plugins.layers.shrink:LinearShrink",
        "tshrink": "netkit.plugins.layers.shrink:TanhShrink",
        "softmax": "netkit.plugins.layers.activations:Softmax",
        "logsoftmax": "netkit.plugins.layers.activations:LogSoftmax",
        "wstd": "netkit.plugins.layers.contrast:Wstd",
        "cnorm": "netkit.plugins.layers.contrast:Cnorm",
        "snorm": "netkit.plugins.layers.neighbourhood:Snorm",
        "dnorm": "netkit.plugins.layers.neighbourhood:Dnorm",
        "globalnorm": "netkit.plugins.layers.contrast:GlobalNorm",
        "batchnorm": "netkit.plugins.layers.batchnorm:BatchNorm",
        "zpad": "netkit.plugins.layers.padding:Zpad",
        "mpad": "netkit.plugins.layers.padding:Mpad",
        "narrow": "netkit.plugins.layers.padding:Narrow",
        "resize": "netkit.plugins.layers.resize:Resize",
        "residual": "netkit.plugins.layers.chain:Residual",
        "chain": "netkit.plugins.layers.chain:Chain",
        "branch": "netkit.plugins.layers.branch:Branch",
        "colour": "netkit.plugins.layers.colour:Colour",
        "l1penalty": "netkit.plugins.layers.regularisation:L1Penalty",
        "jitter": "netkit.plugins.layers.jitter:Jitter",
    }


@hookimpl
def netkit_datasets():
    return {
        "mnist": "netkit.plugins.datasets.mnist:Mnist",
        "fashion_mnist": "netkit.plugins.datasets.mnist:FashionMnist",
        "digits_background": "netkit.plugins.datasets.digits_background:DigitsBackground",
        "synthetic": "netkit.plugins.datasets.synthetic:Synthetic",
        "files": "netkit.plugins.datasets.files:Files",
        "folder": "netkit.plugins.datasets.folder:Folder",
    }


@hookimpl
def netkit_scenes():
    return {
        "digit_scenes": "netkit.plugins.scenes.digit_scenes:DigitScenes",
        "annotated": "netkit.plugins.scenes.annotated:Annotated",
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
        "sgd": "netkit.plugins.optimizers.sgd:Sgd",
        "adam": "netkit.plugins.optimizers.adam:Adam",
        "rmsprop": "netkit.plugins.optimizers.rmsprop:RmsProp",
        "sdlm": "netkit.plugins.optimizers.sdlm:Sdlm",
    }


@hookimpl
def netkit_visualizers():
    return {
        "console": "netkit.plugins.visualizers.console:Console",
        "configuration": "netkit.plugins.visualizers.console:Configuration",
        "results": "netkit.plugins.visualizers.results:Results",
        "datasets": "netkit.plugins.visualizers.pictures:Datasets",
        "errors": "netkit.plugins.visualizers.pictures:Errors",
        "internals": "netkit.plugins.visualizers.pictures:Internals",
        "kernels": "netkit.plugins.visualizers.pictures:Kernels",
        "confusion": "netkit.plugins.visualizers.pictures:Confusion",
        "histogram": "netkit.plugins.visualizers.pictures:Histogram",
        "curves": "netkit.plugins.visualizers.pictures:Curves",
        "windows": "netkit.plugins.visualizers.windows:Windows",
        "tensorboard": "netkit.plugins.visualizers.tensorboard:TensorBoard",
        "report": "netkit.plugins.visualizers.report:Report",
    }


@hookimpl
def netkit_backends():
    return {
        "auto": "netkit.backends.native.native:best",
        "native": "netkit.backends.native.native:NativeBackend",
        "numpy": "netkit.backends.numpy:NumpyBackend",
        "cupy": "netkit.backends.cupy.cupy:CupyBackend",
        "strict": "netkit.backends.strict:StrictBackend",
    }


@hookimpl
def netkit_weights():
    return {
        ".safetensors": "netkit.files.tensors:Safetensors",
        ".npz": "netkit.files.tensors:Npz",
    }

"""Everything netkit ships, by the name that YAML uses: a plugin like any other, found by its entry point."""

from netkit.hookspecs import hookimpl


@hookimpl
def netkit_layers():
    return {
        "conv": "netkit.plugins.convolution:Conv",
        "linear": "netkit.plugins.convolution:Linear",
        "maxpool": "netkit.plugins.pooling:MaxPool",
        "avgpool": "netkit.plugins.pooling:AvgPool",
        "globalavgpool": "netkit.plugins.pooling:GlobalAvgPool",
        "subs": "netkit.plugins.pooling:Subs",
        "tanh": "netkit.plugins.pointwise:Tanh",
        "sigmoid": "netkit.plugins.pointwise:Sigmoid",
        "relu": "netkit.plugins.pointwise:Relu",
        "abs": "netkit.plugins.pointwise:Abs",
        "addc": "netkit.plugins.pointwise:Addc",
        "dropout": "netkit.plugins.pointwise:Dropout",
        "wstd": "netkit.plugins.normalisation:Wstd",
        "batchnorm": "netkit.plugins.normalisation:BatchNorm",
        "zpad": "netkit.plugins.structure:Zpad",
        "residual": "netkit.plugins.structure:Residual",
        "jitter": "netkit.plugins.jitter:Jitter",
    }


@hookimpl
def netkit_datasets():
    return {
        "mnist": "netkit.plugins.datasets:Mnist",
        "fashion_mnist": "netkit.plugins.datasets:FashionMnist",
        "synthetic": "netkit.plugins.datasets:Synthetic",
    }


@hookimpl
def netkit_energies():
    return {"l2": "netkit.plugins.energies:L2", "cross_entropy": "netkit.plugins.energies:CrossEntropy"}


@hookimpl
def netkit_optimizers():
    return {"sgd": "netkit.plugins.optimizers:Sgd", "adam": "netkit.plugins.optimizers:Adam"}


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
        "report": "netkit.plugins.report:Report",
        "tensorboard": "netkit.plugins.tensorboard:Tensorboard",
    }


@hookimpl
def netkit_backends():
    return {
        "numpy": "netkit.backends.numpy:NumpyBackend",
        "cupy": "netkit.backends.cupy:CupyBackend",
        "strict": "netkit.backends.strict:StrictBackend",
    }

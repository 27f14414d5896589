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
    return {"console": "netkit.plugins.console:Console", "results": "netkit.plugins.results:Results"}


@hookimpl
def netkit_backends():
    return {
        "numpy": "netkit.backends.numpy:NumpyBackend",
        "cupy": "netkit.backends.cupy:CupyBackend",
        "strict": "netkit.backends.strict:StrictBackend",
    }

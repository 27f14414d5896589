"""Everything netkit ships, by the name that YAML uses: a plugin like any other.

It is found by its entry point. "module:Class" is imported when it is first used.
"""

from netkit.hookspecs import hookimpl


@hookimpl
def netkit_layers() -> dict[str, str]:
    """Layers, in the order of the files of layers/ and of augmentation/."""
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
        "stdsigmoid": "netkit.plugins.layers.activations:StdSigmoid",
        "softplus": "netkit.plugins.layers.activations:Softplus",
        "softmax": "netkit.plugins.layers.activations:Softmax",
        "logsoftmax": "netkit.plugins.layers.activations:LogSoftmax",
        "abs": "netkit.plugins.layers.powers:Abs",
        "power": "netkit.plugins.layers.powers:Power",
        "square": "netkit.plugins.layers.powers:Square",
        "sqrt": "netkit.plugins.layers.powers:Sqrt",
        "shrink": "netkit.plugins.layers.shrink:Shrink",
        "linear_shrink": "netkit.plugins.layers.shrink:LinearShrink",
        "tshrink": "netkit.plugins.layers.shrink:TanhShrink",
        "addc": "netkit.plugins.layers.per_map:Addc",
        "diag": "netkit.plugins.layers.per_map:Diag",
        "wstd": "netkit.plugins.layers.contrast:Wstd",
        "cnorm": "netkit.plugins.layers.contrast:Cnorm",
        "globalnorm": "netkit.plugins.layers.contrast:GlobalNorm",
        "snorm": "netkit.plugins.layers.neighbourhood:Snorm",
        "dnorm": "netkit.plugins.layers.neighbourhood:Dnorm",
        "batchnorm": "netkit.plugins.layers.batchnorm:BatchNorm",
        "zpad": "netkit.plugins.layers.padding:Zpad",
        "mpad": "netkit.plugins.layers.padding:Mpad",
        "narrow": "netkit.plugins.layers.padding:Narrow",
        "resize": "netkit.plugins.layers.resize:Resize",
        "colour": "netkit.plugins.layers.colour:Colour",
        "dropout": "netkit.plugins.layers.regularisation:Dropout",
        "l1penalty": "netkit.plugins.layers.regularisation:L1Penalty",
        "residual": "netkit.plugins.layers.chain:Residual",
        "chain": "netkit.plugins.layers.chain:Chain",
        "branch": "netkit.plugins.layers.branch:Branch",
        "jitter": "netkit.plugins.augmentation.jitter:Jitter",
        "zoom": "netkit.plugins.augmentation.zoom:Zoom",
        "flip": "netkit.plugins.augmentation.moves:Flip",
        "shift": "netkit.plugins.augmentation.moves:Shift",
        "cutout": "netkit.plugins.augmentation.cutout:Cutout",
        "colour_jitter": "netkit.plugins.augmentation.colour_jitter:ColourJitter",
        "noise": "netkit.plugins.augmentation.noise:Noise",
        "gaussian_blur": "netkit.plugins.augmentation.gaussian_blur:GaussianBlur",
        "mixup": "netkit.plugins.augmentation.mixup:Mixup",
    }


@hookimpl
def netkit_datasets() -> dict[str, str]:
    """Data sets: images with one label each."""
    return {
        "mnist": "netkit.plugins.datasets.mnist:Mnist",
        "fashion_mnist": "netkit.plugins.datasets.mnist:FashionMnist",
        "kmnist": "netkit.plugins.datasets.mnist:Kmnist",
        "emnist": "netkit.plugins.datasets.emnist:Emnist",
        "svhn": "netkit.plugins.datasets.svhn:Svhn",
        "cifar10": "netkit.plugins.datasets.cifar10:Cifar10",
        "digits_background": "netkit.plugins.datasets.digits_background:DigitsBackground",
        "windows": "netkit.plugins.datasets.windows:Windows",
        "synthetic": "netkit.plugins.datasets.synthetic:Synthetic",
        "files": "netkit.plugins.datasets.files:Files",
        "folder": "netkit.plugins.datasets.folder:Folder",
        "boxes": "netkit.plugins.datasets.boxes:Boxes",
    }


@hookimpl
def netkit_scenes() -> dict[str, str]:
    """Scenes: images with any number of boxes in each."""
    return {
        "digit_scenes": "netkit.plugins.scenes.digit_scenes:DigitScenes",
        "annotated": "netkit.plugins.scenes.annotated:Annotated",
    }


@hookimpl
def netkit_energies() -> dict[str, str]:
    """Energies: the loss, and how an answer is read from the outputs."""
    return {
        "l2": "netkit.plugins.energies.l2:L2",
        "cross_entropy": "netkit.plugins.energies.cross_entropy:CrossEntropy",
        "focal": "netkit.plugins.energies.focal:Focal",
        "margin": "netkit.plugins.energies.margin:Margin",
        "boxes": "netkit.plugins.energies.boxes:Boxes",
    }


@hookimpl
def netkit_optimizers() -> dict[str, str]:
    """Rules by which a step changes the weights."""
    return {
        "sgd": "netkit.plugins.optimizers.sgd:Sgd",
        "adam": "netkit.plugins.optimizers.adam:Adam",
        "muon": "netkit.plugins.optimizers.muon:Muon",
        "rmsprop": "netkit.plugins.optimizers.rmsprop:RmsProp",
        "sdlm": "netkit.plugins.optimizers.sdlm:Sdlm",
    }


@hookimpl
def netkit_visualizers() -> dict[str, str]:
    """What is shown and written while a net is trained."""
    return {
        "opening": "netkit.plugins.visualizers.opening:Opening",
        "console": "netkit.plugins.visualizers.console:Console",
        "configuration": "netkit.plugins.visualizers.console:Configuration",
        "results": "netkit.plugins.visualizers.results:Results",
        "datasets": "netkit.plugins.visualizers.pictures:Datasets",
        "augmented": "netkit.plugins.visualizers.augmented:Augmented",
        "errors": "netkit.plugins.visualizers.pictures:Errors",
        "internals": "netkit.plugins.visualizers.pictures:Internals",
        "kernels": "netkit.plugins.visualizers.pictures:Kernels",
        "confusion": "netkit.plugins.visualizers.pictures:Confusion",
        "histogram": "netkit.plugins.visualizers.pictures:Histogram",
        "curves": "netkit.plugins.visualizers.pictures:Curves",
        "windows": "netkit.plugins.visualizers.windows:Windows",
        "tensorboard": "netkit.plugins.visualizers.tensorboard:TensorBoard",
        "mlflow": "netkit.plugins.visualizers.mlflow:MLflow",
        "wandb": "netkit.plugins.visualizers.wandb:WandB",
        "report": "netkit.plugins.visualizers.report:Report",
    }


@hookimpl
def netkit_backends() -> dict[str, str]:
    """What arrays are computed with."""
    return {
        "auto": "netkit.backends.native.native:best",
        "native": "netkit.backends.native.native:NativeBackend",
        "numpy": "netkit.backends.numpy:NumpyBackend",
        "cupy": "netkit.backends.cupy.cupy:CupyBackend",
        "strict": "netkit.backends.strict:StrictBackend",
    }


@hookimpl
def netkit_communicators() -> dict[str, str]:
    """What the processes of one run tell each other."""
    return {
        "auto": "netkit.plugins.communicators.auto:best",
        "solo": "netkit.communicator:Solo",
        "mpi": "netkit.plugins.communicators.mpi:Mpi",
        "nccl": "netkit.plugins.communicators.nccl:Nccl",
    }


@hookimpl
def netkit_weights() -> dict[str, str]:
    """Readers and writers of files of weights, by the end of their names."""
    return {
        ".safetensors": "netkit.files.tensors:Safetensors",
        ".npz": "netkit.files.tensors:Npz",
    }

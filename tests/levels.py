"""Where things are: every room of netkit/ once, level by level, with a caption.

A module imports from its own level or from one above it in this list, which tests/test_tree.py
enforces. `python scripts/make_tree.py` prints the list into CONTRIBUTING.md.
"""

LEVELS = [
    {
        "errors.py": "the one exception that a user is meant to read",
        "types.py": "the words of signatures for arrays and shapes",
        "bounds.py": "what a value may be: a number from 1, one of some words",
        "checks.py": "type hints that are checked where an object is made",
        "limits.py": "how large a net may be, asked before it is allocated",
        "arguments.py": "what a constructor takes, as text for errors and help",
        "hookspecs.py": "what a plugin may bring: one hook a kind",
        "backends/": "where arrays live: numpy, strict for tests",
        "backends/native/": "the CPU with compiled kernels; the C is in kernels/",
        "backends/cupy/": "the GPU: CuPy and the kernels written for it",
    },
    {
        "registry.py": "everything that plugins bring, by kind and name",
        "layer.py": "contract: one step of a net",
        "energy.py": "contract: what training makes small, and the answer",
        "schedule.py": "how the learning rate changes over a run",
        "optimizer.py": "contract: how weights follow their gradient",
        "dataset.py": "contract: samples to train on and to test on",
        "scenes.py": "contract: images with boxes, to measure a detector on",
        "visualizer.py": "contract: what watches a run",
        "weights.py": "contract: a kind of file for weights",
        "files/": "files read and written, whole or not at all",
    },
    {
        "net.py": "layers in order, all weights in one vector",
        "mixing.py": "the energy of images that are mixed with others",
        "context.py": "what a layer sees of a pass, and the chain of layers",
        "arena.py": "the memory of a pass, used again by the next",
        "worker.py": "what one thread runs a net with",
        "passes.py": "a batch divided over threads",
        "probe.py": "what each layer of a net is given, for pictures",
    },
    {
        "training/": "the loop, sampling, validation, checkpoints",
        "classification/": "one answer an image: fitted, answered, measured",
        "transfer/": "what a net takes of a trained one, which layers learn",
        "annotations/": "pictures with boxes: COCO, Pascal VOC, YOLO",
        "detection/": "a net over whole images: pyramid, boxes, metrics, tracks",
        "overview/": "what there is, said first: data, classes, images, net",
        "pictures/": "draws, and runs nothing",
        "testing/": "check_layer, check_energy, check_optimizer: for authors",
    },
    {
        "plugins/": "the catalogue of what netkit ships",
        "plugins/layers/": "the layers, a family a file: a new one goes here",
        "plugins/augmentation/": "layers that change training images alone",
        "plugins/datasets/": "the data sets",
        "plugins/scenes/": "images with boxes",
        "plugins/energies/": "the energies",
        "plugins/optimizers/": "the update rules",
        "plugins/visualizers/": "what shows a run",
        "plugins/digits/": "digits of MNIST and a trained detector of them",
        "play/": "the page to draw on, and its server",
    },
    {
        "build/": "from a configuration to objects; nothing below sees one",
        "export/": "a trained net as something else: ONNX",
    },
    {
        "commands/": "what the commands do, a file each",
    },
    {
        "config.py": "composes configurations; the only file that knows Hydra",
        "config_origin.py": "which file a configuration begins with",
        "config_errors.py": "Hydra's errors as one line for its user",
        "config_words.py": "the words of a command line, as Hydra takes them",
        "bench/": "what `netkit bench` measures beside PyTorch",
        "eblearn/": "EBLearn's names, weights and files: a plugin of its own",
        "images.py": "what Python programs may give as images",
        "notebook.py": "models and runs as HTML",
    },
    {
        "model.py": "a net that answers images, for Python programs",
        "api.py": "train, load, make, compose: the Python door",
        "cli_group.py": "how commands are found, and how errors end",
        "cli_data.py": "the commands of netkit data, as click has them",
        "cli.py": "the command line, as click has it",
        "__main__.py": "python -m netkit",
        "__init__.py": "the public names",
    },
]

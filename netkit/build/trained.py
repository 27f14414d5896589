"""Weights and what they are for, completed from the configuration where the file does not say
it.
"""

from math import prod

import numpy as np

from netkit.build.parts import make_backend, make_net, outputs
from netkit.errors import NetkitError
from netkit.files.idx import read_names
from netkit.files.tensors import NAMELESS
from netkit.net import build, every
from netkit.training.checkpoint import Checkpoint


def load_trained(registry, cfg):
    """Return the Checkpoint of cfg["weights"], its tensors named and its meta complete.

    A file that describes itself needs nothing; cfg["arch"], cfg["energy"], cfg["classes"] and
    cfg["dtype"], all of which may be None, serve a .mat or .npz without a description. Of a
    description, cfg["classes"] and cfg["dtype"] replace what it says.
    """
    if not cfg["weights"]:
        raise NetkitError(
            "weights=null: name the file of a trained net, weights=outputs/.../best.safetensors"
        )
    checkpoint, classes = Checkpoint.load(cfg["weights"]), class_names(cfg.get("classes"))
    if not checkpoint.meta:
        describe(checkpoint, registry, cfg, classes)
    meta = checkpoint.meta
    if classes and len(classes) != len(meta["classes"]):
        raise NetkitError(
            f"classes={cfg['classes']}: {len(classes)} names for a net of {len(meta['classes'])} classes"
        )
    meta["classes"] = classes or meta["classes"]
    if cfg.get("dtype"):
        meta["config"] = meta["config"] | {"dtype": cfg["dtype"]}
    return checkpoint


def load_net(registry, cfg):
    """Return the net of the weights file cfg["weights"], its energy and the names of its
    classes.
    """
    checkpoint, ops = load_trained(registry, cfg), make_backend(registry, cfg)
    meta = checkpoint.meta
    config, classes = meta["config"], meta["classes"]
    scale = {"bias": meta["bias"], "coeff": meta["coeff"]}
    net = make_net(registry, config, meta["shape"], classes=len(classes), ops=ops, **scale)
    checkpoint.restore(net)
    return net, registry.make("energy", config["energy"]).bind(ops, net, len(classes)), classes


def describe(checkpoint, registry, cfg, classes):
    """Fill the meta of a file that has none from the arch that the configuration names, and name
    its tensors.
    """
    arch, path = cfg.get("arch"), checkpoint.path
    if not arch:
        raise NetkitError(
            f"weights {path}: the file does not say which net it is for: name it, arch=lenet5_eblearn"
        )
    given = arch.get("input") or {}
    if "shape" not in given:
        raise NetkitError(
            f"weights {path}: the arch {arch.get('name')} does not say what images it is for: "
            "+arch.input={shape: [1, 28, 28], coeff: 0.01}"
        )
    floats = {str(a.dtype) for a in checkpoint.tensors.values() if a.dtype.kind == "f"}
    config = {
        "arch": arch,
        "energy": cfg.get("energy") or {"type": "l2"},
        "seed": 0,
        "dtype": "float64" if "float64" in floats else "float32",
    }
    answers = (
        outputs(registry, config, len(classes))
        if classes
        else outputs_of(checkpoint, registry, arch, given)
    )
    places = declared(registry, arch, given["shape"], answers)
    checkpoint.tensors = checkpoint.named(places, f"{arch.get('name')} with {answers} outputs")
    named = classes or [
        str(k) for k in range(max(answers, 2 if outputs(registry, config, 2) == 1 else 1))
    ]
    checkpoint.meta = {
        "config": config,
        "classes": named,
        "shape": list(given["shape"]),
        "bias": given.get("bias", 0),
        "coeff": given.get("coeff", 1),
        "iteration": 0,
        "age": 0,
        "results": [],
    }


def outputs_of(checkpoint, registry, arch, given):
    """Return the number of outputs with which the arch has as many weights as the file; ten if
    there is none.
    """
    one, two = (
        sum(map(prod, declared(registry, arch, given["shape"], n).values())) for n in (1, 2)
    )
    have = sum(int(a.size) for name, a in checkpoint.tensors.items() if "/" not in name)
    whole = two > one and have >= one and (have - one) % (two - one) == 0
    return (have - one) // (two - one) + 1 if whole else 10


def declared(registry, arch, shape, noutputs):
    """Return {"layer.name": shape} of all that a net keeps, in the order of a nameless file:
    weights, statistics.
    """
    layers = registry.layers(arch["layers"], noutputs)
    build(layers, tuple(shape))
    kept = [(f"{name}.{w.name}", w.shape) for name, layer in every(layers) for w in layer.weights]
    return dict(
        kept
        + [(f"{name}.{w.name}", w.shape) for name, layer in every(layers) for w in layer.states]
    )


def flattened(checkpoint, registry):
    """Return a Checkpoint of the same weights in one vector, as EBLearn has them; without an
    optimizer's vectors.
    """
    if checkpoint.nameless is not None:
        return checkpoint
    meta = checkpoint.meta
    places = declared(
        registry,
        meta["config"]["arch"],
        meta["shape"],
        outputs(registry, meta["config"], len(meta["classes"])),
    )
    tensors = [np.asarray(checkpoint.tensors[name]).reshape(-1) for name in places]
    return Checkpoint({NAMELESS: np.concatenate(tensors)}, meta, checkpoint.path)


def class_names(given):
    """Return the names of the classes, given as a list or as the name of EBLearn's .mat of them;
    None if not given.
    """
    if isinstance(given, str):
        return read_names(given)
    return [str(name) for name in given] if given else None

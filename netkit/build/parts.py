"""The parts of a configuration as objects: backend, data set, net and energy."""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from netkit.arguments import signature_of
from netkit.build.sizes import too_small
from netkit.checks import Whole, taken
from netkit.context import Layers
from netkit.dataset import Dataset, Samples, as_ignored
from netkit.errors import NetkitError
from netkit.net import Net, build, named_layers
from netkit.registry import Registry
from netkit.types import Shape

if TYPE_CHECKING:
    from netkit.backends.base import Backend
    from netkit.communicator import Communicator
    from netkit.energy import Energy

log = logging.getLogger("netkit")
COMMUNICATORS: dict[str, "Communicator"] = {}  # by what a configuration says of them


def settings(cfg: dict[str, Any], cls: Any) -> dict[str, Any]:
    """Return the variables of a mapping that the constructor of `cls` takes, by name."""
    return {name: cfg[name] for name in signature_of(cls).parameters if name in cfg}


def make_part(registry: Registry, kind: str, cfg: dict[str, Any], name: str = "") -> Any:
    """Make the object that cfg[name] describes: {type: NAME, ARGUMENT: value, ...}.

    An argument that does not stand there is taken from the variable of `cfg` with its name: so
    `eta=0.1` reaches any optimizer, and `seed=1` any data set whose constructor takes a seed.
    name: the same as `kind` if not given.
    """
    name = name or kind
    spec = cfg[name]
    if isinstance(spec, dict) and spec.get("type"):
        shared = {key: value for key, value in cfg.items() if key != "name"}  # that is the run's
        spec = settings(shared, registry.get(kind, spec["type"])) | spec
    return registry.make(kind, spec, name)


def switched_on(when: Any) -> bool:
    """Return whether what `when` says is on: a switch, or a list of them of which one is enough."""
    return any(when) if isinstance(when, list) else bool(when)


def make_communicator(registry: Registry, cfg: dict[str, Any]) -> "Communicator":
    """Return the communicator of cfg["comm"]; one of each kind serves all runs of this process.

    A process that is not the first of its run warns of nothing: the first one does.
    """
    cfg = cfg if cfg.get("comm") else cfg | {"comm": {"type": "auto"}}
    spec = repr(sorted(cfg["comm"].items())) if isinstance(cfg["comm"], dict) else ""
    if spec not in COMMUNICATORS:
        COMMUNICATORS[spec] = make_part(registry, "communicator", cfg, "comm")
    comm = COMMUNICATORS[spec]
    if comm.rank:
        log.setLevel(logging.CRITICAL)
    if comm.size > 1:
        log.info("comm %s", comm.about)
    return comm


def make_backend(registry: Registry, cfg: dict[str, Any]) -> "Backend":
    """Make the backend that cfg["backend"] names."""
    ops: Backend = make_part(registry, "backend", cfg)
    log.info("backend %s", ops.about)
    return ops


def make_data(registry: Registry, cfg: dict[str, Any]) -> Dataset:
    """Make the data set of cfg["data"], with the classes that limit_classes leaves of it."""
    data: Dataset = make_part(registry, "dataset", cfg, "data")
    if cfg["limit_classes"] is not None:
        at_random = taken("limit_classes_random", cfg["limit_classes_random"], bool)
        limit_classes(data, cfg["limit_classes"], at_random, seed=cfg["seed"])
    return data


def limit_classes(data: Dataset, keep: Any, at_random: bool, *, seed: int) -> None:
    """Keep some classes of a data set: a list of names, or the number of them.

    A number keeps the first so many, or ones drawn from the seed.
    """
    names = data.classes
    if isinstance(keep, int) and not isinstance(keep, bool) and 1 <= keep <= len(names):
        order = np.arange(len(names))
        if at_random:
            order = np.random.default_rng([seed, 17]).permutation(len(names))
        kept = sorted(order[:keep].tolist())
    elif isinstance(keep, list) and keep and {str(name) for name in keep} <= set(names):
        kept = [names.index(str(name)) for name in keep]
    else:
        raise NetkitError(
            f"limit_classes={keep}: give a number from 1 to {len(names)}, "
            f"or some of {', '.join(names)}"
        )
    of = boxes_of_classes if data.boxes else of_classes
    data.train, data.val = (of(samples, kept) for samples in (data.train, data.val))
    data.classes = [names[k] for k in kept]


def of_classes(samples: Samples, kept: list[int]) -> Samples:
    """Return the samples of the classes `kept`, labelled by their places in that list."""
    chosen = np.flatnonzero(np.isin(samples.labels, kept))
    places = {label: k for k, label in enumerate(kept)}
    labels = np.array([places[int(n)] for n in samples.labels[chosen]], np.int64)
    return Samples(samples.images[chosen], labels)


def boxes_of_classes(samples: Samples, kept: list[int]) -> Samples:
    """Return all samples with the boxes of the classes `kept` alone, labelled by their places."""
    labels = samples.labels.copy()
    kinds = labels[..., 0].astype(int)
    labels[..., 0] = -1
    for place, k in enumerate(kept):
        labels[kinds == k, 0] = place
        for crowd in (0, 1):
            labels[kinds == as_ignored(k, crowd), 0] = as_ignored(place, crowd)
    return Samples(samples.images, labels)


def make_net(
    registry: Registry,
    cfg: dict[str, Any],
    shape: Any,
    *,
    classes: int,
    ops: "Backend",
    bias: float = 0.0,
    coeff: float = 1.0,
    fits: Callable[[dict[str, Shape]], object] | None = None,
) -> Net:
    """Build the net of cfg["arch"] for samples of `shape` (C, H, W) in so many classes.

    The first layer's input is (pixel + bias) * coeff.  fits: called with {"layer.name": shape} of
    what the net keeps before any memory is taken for it; it may raise NetkitError.
    """
    dtype = taken("dtype", cfg["dtype"], Literal["float32", "float64"])
    seed = taken("seed", cfg["seed"], Whole)
    layers = registry.layers(cfg["arch"].get("layers"), outputs(registry, cfg, classes))
    try:
        if fits is not None:
            build(layers, tuple(shape))
            fits(kept_by(layers))
        return Net(layers, shape, ops, dtype=dtype, seed=seed, bias=bias, coeff=coeff)
    except NetkitError as error:
        name = cfg["arch"].get("name", "net")
        raise too_small(error, name, layers, tuple(shape)) from None


def kept_by(layers: Layers) -> dict[str, Shape]:
    """Return {"layer.name": shape} of all that built layers keep: weights, then statistics."""
    named = list(named_layers(layers))
    kept = [(f"{name}.{w.name}", w.shape) for name, layer in named for w in layer.weights]
    kept += [(f"{name}.{w.name}", w.shape) for name, layer in named for w in layer.states]
    return dict(kept)


def make_energy(registry: Registry, cfg: dict[str, Any], net: Net, *, classes: int) -> "Energy":
    """Make the energy of cfg["energy"] for a net whose outputs tell so many classes apart."""
    energy: Energy = make_part(registry, "energy", cfg)
    return energy.bind(net.ops, net, classes)


def outputs(registry: Registry, cfg: dict[str, Any], classes: int) -> int:
    """Return how many outputs the energy of `cfg` needs: what `noutputs` stands for in an arch."""
    number: int = make_part(registry, "energy", cfg).outputs(classes)
    return number


def layers_of(registry: Registry, meta: Mapping[str, Any]) -> tuple[Layers, Shape]:
    """Return the layers of a trained net, built, and the shape (K, h, w) that the last one gives.

    meta: of its checkpoint.
    """
    answers = outputs(registry, meta["config"], len(meta["classes"]))
    layers = registry.layers(meta["config"]["arch"]["layers"], answers)
    shape = tuple(meta["shape"])
    return layers, [shape, *build(layers, shape)][-1]

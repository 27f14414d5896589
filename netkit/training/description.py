"""Description: what a weights file says of its net, checked when it is read."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from netkit.checks import Bound, Count, Number, Positive, Share, Whole, taken
from netkit.errors import NetkitError, shown
from netkit.limits import check_specs
from netkit.rounding import LEAST, MOST
from netkit.training.needs import is_needs

LOOKING = {  # the variables of netkit detect that a weights file may set, and shapes
    "scaling_type",
    "scaling",
    "min_scale",
    "max_scale",
    "nms",
    "nms_per_class",
    "max_overlap",
    "vote_max_overlap",
    "threshold",
    "class_threshold",
    "post_threshold",
    "invert",
    "hzpad",
    "wzpad",
    "shapes",
}
ANEW = "train or convert it anew"
RUN = "iteration", "age", "seen", "rows"  # what a run that goes on needs
PARTS = "arch", "data", "energy", "optimizer", "backend"  # mappings of a run's configuration
SETTINGS = (
    "show",
    "weights",
    "limit_classes",
    "limit_classes_random",
    "iterations",
    "batch_size",
    "test_only",
)


class Key(NamedTuple):
    """A key of a description: what its value is in words, and what returns whether it is that."""

    said: str
    fits: Callable[[Any], bool]
    needed: bool = True


def holds(hint: Any) -> Callable[[Any], bool]:
    """Return what says whether a value is what a hint of netkit.checks asks for."""

    def fits(value: Any) -> bool:
        try:
            taken("", value, hint)
        except NetkitError:
            return False
        return True

    return fits


def is_texts(value: Any) -> bool:
    """Return whether a value is a list of one text or more."""
    return isinstance(value, list) and bool(value) and all(isinstance(v, str) for v in value)


def is_shape(value: Any) -> bool:
    """Return whether a value is (C, H, W), whole numbers from 1."""
    return isinstance(value, list) and len(value) == 3 and all(map(holds(Count), value))


def is_rows(value: Any) -> bool:
    """Return whether a value is a list of {name: number, text or null}."""
    flat = (int, float, str, type(None))
    return isinstance(value, list) and all(
        isinstance(row, dict) and all(isinstance(v, flat) for v in row.values()) for row in value
    )


def is_part(value: Any) -> bool:
    """Return whether a value is {type: NAME, ...}."""
    return isinstance(value, dict) and isinstance(value.get("type"), str)


def is_fitting(value: Any) -> bool:
    """Return whether a value says how images are fitted; Fitting checks what it says."""
    return isinstance(value, dict) and isinstance(value.get("root", ""), str)


def is_detection(value: Any) -> bool:
    """Return whether a value is what netkit.measurement.thresholds says of a detector."""
    if not isinstance(value, dict):
        return False
    alone = value.get("class_threshold", {})
    numbers = [value.get("threshold", 0.0), *(alone.values() if isinstance(alone, dict) else "?")]
    return all(map(holds(Share), numbers))


def is_looking(value: Any) -> bool:
    """Return whether a value says how a detector looks; what takes its settings checks them."""
    if not isinstance(value, dict) or not value.keys() <= LOOKING:
        return False
    shapes = value.get("shapes", {})
    share = holds(Annotated[float, Bound(least=0.001, most=10)])
    return isinstance(shapes, dict) and all(
        isinstance(shape, list) and len(shape) == 2 and all(map(share, shape))
        for shape in shapes.values()
    )


def is_formats(value: Any) -> bool:
    """Return whether a value is {layer: [scale, zero]}, as netkit.rounding has it."""
    zero = holds(Annotated[int, Bound(least=LEAST, most=MOST, whole=True)])
    return isinstance(value, dict) and all(
        isinstance(each, (list, tuple))
        and len(each) == 2
        and holds(Positive)(each[0])
        and zero(each[1])
        for each in value.values()
    )


META = {
    "config": Key("a mapping, the configuration", lambda v: isinstance(v, dict)),
    "classes": Key("a list of the classes' names", is_texts),
    "shape": Key("three whole numbers from 1, [C, H, W]", is_shape),
    "bias": Key("a number", holds(Number)),
    "coeff": Key("a number", holds(Number)),
    "images": Key("a mapping of how images are fitted", is_fitting, needed=False),
    "detection": Key("a mapping with a threshold from 0 to 1", is_detection, needed=False),
    "looking": Key("a mapping of how a detector looks", is_looking, needed=False),
    "iteration": Key("a whole number from 0", holds(Whole), needed=False),
    "age": Key("a whole number from 0", holds(Whole), needed=False),
    "seen": Key("a whole number from 0", holds(Whole), needed=False),
    "rows": Key("a list of {name: number}, one an iteration", is_rows, needed=False),
    "int8": Key("a mapping, the net in eight bits", lambda v: isinstance(v, dict), needed=False),
    "quantize": Key("{LAYER: [scale, zero]}, the ranges", is_formats, needed=False),
    "plugins": Key("a list of what the net needs of plugins", is_needs, needed=False),
}
CONFIG = {
    "arch": Key("a mapping with the layers", lambda v: isinstance(v, dict)),
    "energy": Key("{type: NAME, ...}", is_part),
    "dtype": Key("float32 or float64", lambda v: v in ("float32", "float64")),
    "seed": Key("a whole number from 0", holds(Whole)),
}


def check_description(meta: Any, where: str) -> None:
    """Raise NetkitError, naming the key, unless `meta` describes a net; {} describes none.

    where: what to call the file in the error.
    """
    if meta == {}:
        return
    check_keys(meta, META, f"{where}: its description")
    check_keys(meta["config"], CONFIG, f"{where}: config")
    arch = meta["config"]["arch"]
    check_keys(arch, {"layers": Key("{NAME: {type: TYPE, ...}}", lambda v: True)}, f"{where}: arch")
    check_specs(arch["layers"], f"{where}: arch.layers")
    if not isinstance(arch.get("name", ""), str):
        raise NetkitError(f"{where}: arch.name is {shown(arch['name'])}: it is a text: {ANEW}")


def check_keys(found: Any, keys: dict[str, Key], where: str) -> None:
    """Raise NetkitError unless a mapping has the keys that it needs, each with what fits it."""
    if not isinstance(found, dict):
        raise NetkitError(f"{where} is {shown(found)}: it is a mapping: {ANEW}")
    for name, key in keys.items():
        if name not in found:
            if key.needed:
                there = shown(sorted(found))
                raise NetkitError(f"{where} has no {name}, only {there}: {ANEW}")
        elif not key.fits(found[name]):
            raise NetkitError(f"{where}: {name} is {shown(found[name])}: it is {key.said}: {ANEW}")


def check_run(meta: dict[str, Any], where: str) -> None:
    """Raise NetkitError unless a checked description is of a run, which can go on or be drawn."""
    anything = Key("", lambda v: True)
    check_keys(meta, dict.fromkeys(("config", *RUN), anything), f"{where}: its description")
    parts = dict.fromkeys(PARTS, Key("{type: NAME, ...}", is_part))
    parts["arch"] = CONFIG["arch"]
    parts["show"] = Key("a mapping", lambda v: isinstance(v, dict))
    check_keys(meta["config"], dict.fromkeys(SETTINGS, anything) | parts, f"{where}: config")

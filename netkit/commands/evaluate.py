"""netkit evaluate: how well a detector finds what is known to be there, or a classifier answers."""

from pathlib import Path
from typing import Any

from netkit.build.measured_data import WITH_BOXES, kind_of, words_said
from netkit.build.trained import load_trained
from netkit.commands.evaluate_samples import evaluate_samples
from netkit.commands.evaluate_scenes import evaluate_scenes
from netkit.detection.look import background_of
from netkit.errors import NetkitError
from netkit.registry import Registry


def evaluate(cfg: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Measure a classifier on the data set of `cfg`, or a detector on its scenes.

    Where neither is said, weights are measured on what they were trained on: the part that was kept
    for testing.
    """
    for name in ("shard", "resume"):
        if cfg.get(name) is not None:
            raise NetkitError(
                f"{name}={cfg[name]}: is for netkit detect and netkit classify: leave it out"
            )
    if cfg["weights"] and not words_said(cfg) & {"data", "scenes"}:
        cfg = cfg | as_trained(cfg)
    if cfg.get("data"):
        return evaluate_samples(cfg, Path(folder))
    return evaluate_scenes(cfg, Path(folder))


def as_trained(cfg: dict[str, Any]) -> dict[str, Any]:
    """Return the variables that say what the weights of a configuration were trained on."""
    meta = load_trained(Registry(), cfg).meta
    run, kind = meta["config"], kind_of(meta["config"])
    if kind in WITH_BOXES:
        home = meta.get("images", {}).get("root") or run.get("root")
        scenes: dict[str, Any] = {"type": "annotated"}
        root = cfg["root"] or home
        if home and Path(root).resolve() == Path(home).resolve():  # divided as it was in training
            seed = run["seed"] if kind == "boxes" else 0  # data=windows divides by names alone
            scenes |= {"share": run["data"].get("val_share", 0.2), "seed": seed}
        return {"root": root, "scenes": scenes}
    if kind is None or background_of(meta["classes"]) is not None:
        return {}
    return {"data": {"type": kind}}

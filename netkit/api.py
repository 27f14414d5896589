"""What Python programs call: compose, train, load, make. The commands do the same from a shell."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from netkit.build.detector import PACKAGED
from netkit.build.trained import load_trained, net_of
from netkit.build.training import resumed
from netkit.commands.train import run
from netkit.config.compose import compose as composed_of
from netkit.config.compose import self_contained
from netkit.config.words import command_line, words_of
from netkit.errors import NetkitError
from netkit.model import Model
from netkit.net import Net
from netkit.notebook import run_page
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint
from netkit.training.trainer import Trainer

Words = str | Mapping[str, Any]


def compose(*overrides: Words, command: str = "train", **settings: Any) -> dict[str, Any]:
    """Return the configuration of a command as plain mappings, without running anything.

    overrides: words as on the command line, "arch=lenet5", or mappings {"iterations": 3}.
    settings: the same as keywords. The value of a part (arch, data, energy, optimizer, backend,
    show) may be a mapping: with a type, or layers, it is the whole part; else it changes the part.
    """
    words, parts = divided(overrides, settings)
    return with_parts(composed_of(command, words), parts)


def train(
    *overrides: Words, folder: str | Path | None = None, quiet: bool = True, **settings: Any
) -> "Run":
    """Train a net as `netkit train` does with the same words, and return the Run.

    overrides, settings: as for `compose`.  folder: where the run is kept; outputs/DATE/TIME if not
    given.  quiet: print nothing; else the lines that the command prints.
    """
    words, parts = divided(overrides, settings)
    cfg = with_parts(composed_of("train", words), parts)
    cfg["command"] = command_line("train", words)
    if cfg["test_only"]:
        raise NetkitError("test_only=true: is for the command: netkit.load(...) answers images")
    if cfg["find_rate"]:
        raise NetkitError("find_rate=true: is for the command: netkit train find_rate=true")
    if cfg["resume"]:
        if parts:
            raise NetkitError(
                f"{min(parts)}: resume={cfg['resume']} goes on with the run as it was; "
                "only iterations, early_stopping, comm and live may change"
            )
        folder = cfg["resume"]
        cfg = resumed(cfg)
    folder = Path(folder or datetime.now().strftime("outputs/%Y-%m-%d/%H-%M-%S-%f"))
    return Run(run(cfg, folder, quiet=quiet))


def load(path: str | Path | None = None, *overrides: Words, **settings: Any) -> Model:
    """Return the Model of a weights file or a run's folder; netkit's own detector without one.

    overrides, settings: those of `netkit detect` that say what a file does not, and where to
    compute: "arch=lenet5_eblearn", classes=[...], dtype="float64", backend="numpy", threads=1.
    """
    cfg: dict[str, Any] = {"backend": {"type": "auto"}}
    if overrides or settings:
        cfg = compose(*overrides, command="detect", **settings)
    registry, cfg = Registry(), cfg | {"weights": str(path or PACKAGED)}
    checkpoint = load_trained(registry, cfg)
    net, energy, classes = net_of(registry, checkpoint, cfg)
    return Model(net, energy, classes, meta=checkpoint.meta)


def make(kind: str, type: str, **arguments: Any) -> Any:
    """Make anything that is registered: make("optimizer", "adam", eta=1e-3).

    kind: layer, dataset, energy, optimizer, visualizer or backend.  type: its name in YAML.
    """
    registry = Registry()
    if kind not in registry.found:
        raise NetkitError(f"kind={kind}: there are {', '.join(registry.found)}")
    return registry.make(kind, {"type": type, **arguments})


class Run:
    """A training run that is over.

    net: as it is after the last iteration.  rows: the results of each iteration, {name: number}.
    folder: where its weights, results and report are kept.  model: answers with `net`.  stopped:
    why it ended before its last iteration, or "".
    """

    def __init__(self, trainer: Trainer) -> None:
        self.net: Net = trainer.net
        self.rows: list[dict[str, Any]] = trainer.rows
        self.stopped: str = trainer.stopped
        self.folder = Path(trainer.folder)
        meta = Checkpoint.load(self.folder / "last.safetensors").meta
        self.model = Model(self.net, trainer.energy, trainer.dataset.classes, meta=meta)

    @property
    def best(self) -> Model:
        """The model after the iteration with the best test_correct, or test_map of boxes."""
        return load(self.folder)

    def __repr__(self) -> str:
        results = self.rows[-1] if self.rows else {}
        last = ", ".join(
            f"{k}={v:.4g}" for k, v in results.items() if k.endswith(("correct", "map"))
        )
        return f"Run of {len(self.rows)} iterations: {last}; {self.folder}"

    def _repr_html_(self) -> str:
        return run_page(self)


def divided(
    overrides: tuple[Words, ...], settings: Mapping[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    """Return words NAME=VALUE, and the parts that are given as mappings."""
    words: list[str] = []
    parts: dict[str, Any] = {}
    for given in (*overrides, settings):
        if isinstance(given, Mapping):
            words += words_of({k: v for k, v in given.items() if not isinstance(v, Mapping)})
            parts |= {k: v for k, v in given.items() if isinstance(v, Mapping)}
        else:
            words.append(str(given))
    return words, parts


def with_parts(cfg: dict[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration with some of its parts replaced, or changed."""
    for name, part in parts.items():
        if name not in cfg:
            raise NetkitError(f"{name}: there is no such part: there are {', '.join(groups(cfg))}")
        whole = "type" in part or "layers" in part
        cfg = cfg | {name: dict(part) if whole else (cfg[name] or {}) | dict(part)}
    return self_contained(cfg)


def groups(cfg: Mapping[str, Any]) -> list[str]:
    """Return the names of the parts of a configuration."""
    return [name for name, part in cfg.items() if isinstance(part, dict)]

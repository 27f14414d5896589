"""netkit train: a data set, a net, an energy and an optimizer, and what is left in the run
folder.
"""

import logging
from pathlib import Path

import yaml

from netkit.build.training import make_trainer
from netkit.errors import NetkitError, flag
from netkit.files import write_beside
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint

log = logging.getLogger("netkit")


def train(cfg, folder):
    """Train what `cfg` describes and leave everything in `folder`; return the results of the last
    iteration.
    """
    folder = Path(folder)
    trainer = make_trainer(Registry(), cfg, folder)
    if flag("test_only", cfg["test_only"]):
        return test(cfg, trainer)
    if flag("bootstrap", cfg["bootstrap"]) and not hasattr(trainer.dataset, "bootstrap"):
        log.warning("bootstrap has no effect with this data: use data=digits_background")
    for line in (*trainer.optimizer.idle(), *trainer.sampling.idle()):
        log.warning(line)
    if cfg["resume"]:
        trainer.restore(Checkpoint.load(folder / "last.safetensors"))
    write_beside(folder / "config.yaml", yaml.safe_dump(cfg, sort_keys=False).encode())
    trainer.run()
    return trainer.row


def test(cfg, trainer):
    """Test the loaded weights, print one line and leave no folder; return the results."""
    if not cfg["weights"]:
        raise NetkitError(
            "test_only=true: tests trained weights: name them, weights=outputs/.../best.safetensors"
        )
    with trainer.net.ops.limits():
        energy, correct = trainer.validation.test(trainer, trainer.dataset.val)
    size = len(trainer.dataset.val.labels[: trainer.validation.max_testing])
    print(
        f"test_energy={energy:.4f} test_correct={correct:.2f}% of {size} samples: {cfg['weights']}"
    )
    return {"test_energy": energy, "test_correct": correct}

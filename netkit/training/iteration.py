"""Iteration: one pass over the samples, an update a batch."""

from typing import TYPE_CHECKING

from netkit.passes import no_float_warnings
from netkit.training.divergence import check_step

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


@no_float_warnings
def train_once(trainer: "Trainer") -> tuple[float, float]:
    """Return the mean energy and the percentage of right answers, as met in an iteration."""
    ranks, sampling = trainer.ranks, trainer.sampling
    ranks.prepare()
    order = trainer.begin_iteration(trainer.iteration)
    labels, views = trainer.labels, sampling.views
    total, right = 0.0, 0.0
    for at in range(0, len(order), trainer.batch_size):
        batch = order[at : at + trainer.batch_size]
        chosen, weight = ranks.mine(batch), ranks.weight(len(batch))
        trainer.optimizer.prepare(trainer)
        energies, answered = trainer.gradient(chosen)
        energy = weight * check_step(trainer, chosen, energies)
        total += energy
        trainer.energies[chosen] = energies.reshape(-1, views).mean(1)
        hits = 0 if labels.ndim > 1 else int((answered == labels[chosen].repeat(views)).sum())
        shown = len(batch) * views
        trainer.steering.before(trainer, energy / shown, 100 * weight * hits / shown)
        trainer.update(len(batch), skip=sampling.ignore_correct and hits == len(answered))
        ranks.after_step()
        right += weight * hits
        trainer.tell("step")
    total, right = ranks.whole(total, right)
    return total / (len(order) * views), 100 * right / (len(order) * views)

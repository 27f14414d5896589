"""Visualizer: the contract of what watches a training run."""

from netkit.checks import Checked


class Visualizer(Checked):
    """Watch a run: a subclass writes the methods it needs.

    Each receives the Trainer: its `net`, `dataset`, `energy`, `folder`, `iteration`, `iterations`,
    `age` (updates so far), `updates` (in all), and `row`, the results of the last iteration. One
    that raises is switched off.
    """

    def start(self, trainer):
        """Called before the first iteration."""

    def step(self, trainer):
        """Called after each update of the weights; keep it quick."""

    def iteration(self, trainer):
        """Called after each iteration, when its results stand in trainer.row."""

    def end(self, trainer):
        """Called when the run ends, also when it was interrupted."""

"""Visualizer: the contract of what watches a training run."""

import logging
from typing import TYPE_CHECKING

from netkit.checks import Checked
from netkit.files import CannotWrite

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

log = logging.getLogger("netkit")


class Visualizer(Checked):
    """Watch a run: a subclass writes the methods it needs.

    The constructor's arguments are what its YAML in conf/show takes. Each method receives the
    Trainer, which offers:

    net, dataset, energy    what is trained, on what, and with which loss
    folder                  the run folder, a Path; pictures go into its folder `pictures`
    name                    what the net is called
    iterations, iteration   how many there are, and how many are done
    steps, step             updates of the weights in all, and how many are done
    samples_per_iteration   how many samples an iteration shows
    shown                   how many of them were shown so far
    rows, row               the results of each iteration, {name: number}, and of the last
    stopped                 why the run ended before its last iteration, or ""
    seconds                 that the last iteration trained
    tested                  the last test of the validation samples (samples, energies, answers),
                            or None
    answers(samples)        the energy and the answered class of each of some Samples
    meta                    what goes into weights files; meta["config"] is the configuration

    They look and change nothing. One that raises is reported and switched off, and the run goes on;
    one that could not write a file (netkit.files.CannotWrite) is reported and asked again.
    KeyboardInterrupt ends the run as Ctrl-C does.
    """

    def start(self, trainer: "Trainer") -> None:
        """Begin: called before the first iteration.

        A resumed run calls it again, with trainer.iteration above 0, in a new process and in the
        same folder: go on with the files that are there.
        """

    def step(self, trainer: "Trainer") -> None:
        """Look after each update of the weights; keep it quick."""

    def iteration(self, trainer: "Trainer") -> None:
        """Look after each iteration, when its results stand in trainer.row.

        `netkit report` calls it later for each iteration whose weights were saved.
        """

    def end(self, trainer: "Trainer") -> None:
        """Finish: called when the run ends, also when it was interrupted."""


def tell(show: dict[str, Visualizer], moment: str, trainer: "Trainer") -> None:
    """Call a method of every visualizer; one that raises is reported and taken out of `show`."""
    for name, visualizer in list(show.items()):
        try:
            getattr(visualizer, moment)(trainer)
        except CannotWrite as error:  # a full disk: there may be room again next time
            if not trainer.lost:
                log.warning("visualizer '%s' failed in %s: %s", name, moment, error)
        except Exception as error:  # the plugin door: a picture must not end a training run
            del show[name]
            said = f"{type(error).__name__}: {error}"
            log.warning("visualizer '%s' failed in %s and is switched off: %s", name, moment, said)
            log.debug("visualizer '%s'", name, exc_info=True)

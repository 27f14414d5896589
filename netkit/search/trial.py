"""Trial: one run of a search, told to Optuna iteration by iteration."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netkit.build.training import resumed
from netkit.commands.train import run
from netkit.config.compose import compose
from netkit.config.words import command_line
from netkit.errors import NetkitError
from netkit.files import CannotWrite
from netkit.files.runs import LAST
from netkit.files.text import printable
from netkit.search.space import suggest
from netkit.search.study import Study, Trial
from netkit.training.divergence import Diverged
from netkit.training.validation import score, score_name
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer

log = logging.getLogger("netkit")
ROWS = "rows"  # of a trial's attributes: the results of its iterations
FIRST = 3  # trials that fail, and none before them that did not: then the words are wrong


class Watch(Visualizer):
    """Report each iteration to a trial, and end the run if it is not worth going on."""

    def __init__(self, trial: Trial) -> None:
        self.trial = trial
        self.pruned = False

    def iteration(self, trainer: "Trainer") -> None:
        if not (name := score_name(trainer.row)):
            return
        self.trial.report(float(trainer.row[name]), trainer.iteration)
        if trainer.iteration < trainer.iterations and self.trial.should_prune():
            self.pruned = True
            trainer.stopped = f"pruned after iteration {trainer.iteration}"


def run_trial(study: Study, trial: Trial, words: list[str]) -> str:
    """Run a trial, or go on with it where its process was killed; return a line about it."""
    chosen = suggest(trial, study.settings.space)
    states = study.library.trial.TrialState
    watch = Watch(trial)
    try:
        trainer = train(study.folder / f"{trial.number:05d}", words, chosen, watch)
    except CannotWrite:
        raise
    except Diverged as error:
        study.study.tell(trial, 0.0)
        return f"{about(trial, chosen)}: 0, {printable(error)}"
    except NetkitError as error:
        trial.set_user_attr("error", str(error))
        study.study.tell(trial, state=states.FAIL)
        check_words(study, error)
        return f"{about(trial, chosen)}: failed: {printable(error)}"
    rows = trainer.rows
    if not rows or not score_name(rows[-1]):
        raise NetkitError(
            "netkit tune goes by the tests after each iteration: leave no_testing_test out, and "
            "give iterations=1 or more"
        )
    names = ("iteration", score_name(rows[-1]), "test_energy", "energy", "eta", "seconds")
    trial.set_user_attr(ROWS, [{k: row[k] for k in names if k in row} for row in rows])
    best = max(map(score, rows))
    if watch.pruned:
        study.study.tell(trial, state=states.PRUNED)
    else:
        study.study.tell(trial, best)
    end = f", {trainer.stopped}" if trainer.stopped else ""
    return f"{about(trial, chosen)}: {score_name(rows[-1])} {best:.4g}{end}"


def train(folder: Path, words: list[str], chosen: dict[str, str], watch: Watch) -> "Trainer":
    """Train in a folder what words say, or go on with what is there; return the Trainer."""
    words = [*words, *(f"{name}={text}" for name, text in chosen.items())]
    if (folder / LAST).is_file():
        cfg = resumed({"resume": str(folder), "command": ""})
    else:
        cfg = compose("train", words)
        cfg["command"] = command_line("train", words)
    return run(cfg, folder, quiet=True, watch=watch)


def check_words(study: Study, error: NetkitError) -> None:
    """Raise the error of a trial if all of the first trials failed."""
    trials = study.study.get_trials(deepcopy=False)
    failed = [t for t in trials if t.state == study.library.trial.TrialState.FAIL]
    if len(failed) >= min(FIRST, study.settings.trials) and len(failed) == sum(
        t.state.is_finished() for t in trials
    ):
        raise error


def about(trial: Trial, chosen: dict[str, Any]) -> str:
    """Return the number of a trial and what it chose."""
    return f"trial {trial.number}: " + " ".join(f"{k}={v}" for k, v in chosen.items())

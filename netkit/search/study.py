"""Study: Optuna's journal in the folder of a search, and which process has which trial."""

import time
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from netkit.errors import NetkitError
from netkit.files import CannotWrite
from netkit.files.lock import locked
from netkit.search.settings import Line

JOURNAL = "journal.log"
CLAIMS = ".claims"  # a locked folder for each trial that a process is at
STARTUP = (
    10  # trials that are drawn at random before the sampler learns, and that none is pruned by
)
Trial = Any  # Optuna's, which is imported late


def optuna() -> Any:
    """Return the library, or say how to install it."""
    try:
        import optuna as library
    except ImportError:
        raise NetkitError("netkit tune needs Optuna: pip install 'netkit[tune]'") from None
    library.logging.set_verbosity(library.logging.WARNING)
    return library


class Study:
    """A search that several processes are at."""

    def __init__(self, line: Line) -> None:
        self.folder = line.folder
        self.settings = line.settings
        self.library = library = optuna()
        (self.folder / CLAIMS).mkdir(parents=True, exist_ok=True)
        from optuna.storages import JournalStorage
        from optuna.storages.journal import JournalFileBackend

        storage = JournalStorage(JournalFileBackend(str(self.folder / JOURNAL)))
        pruner = library.pruners.NopPruner()
        if self.settings.pruner == "median":
            pruner = library.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=1)
        with self.alone():
            self.study = library.create_study(
                storage=storage,
                study_name="netkit",
                direction="maximize",
                pruner=pruner,
                load_if_exists=True,
            )
            about = self.study.user_attrs.get("line")
            if about is None:
                self.study.set_user_attr("line", line.about)
            elif about != line.about:
                raise NetkitError(
                    f"tune.folder={self.folder}: holds a search of other words or another space: "
                    "name another folder"
                )

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Return a context in which no other process is; waits for it."""
        gate = self.folder / CLAIMS / "gate"
        gate.mkdir(exist_ok=True)
        with ExitStack() as stack:
            while True:
                try:
                    stack.enter_context(locked(gate))
                    break
                except CannotWrite:
                    raise
                except NetkitError:  # another process is in
                    time.sleep(0.02)
            yield

    @contextmanager
    def next(self) -> Iterator[Trial | None]:
        """Give the next trial to run, which no other process has; None if there is none left.

        First come those whose processes were killed.
        """
        with ExitStack() as stack:
            with self.alone():
                trial = self.choose(stack)
            yield trial

    def choose(self, claims: ExitStack) -> Trial | None:
        """Return a trial, and claim it in `claims`."""
        trials = self.study.get_trials(deepcopy=False)
        running = self.library.trial.TrialState.RUNNING
        for trial in trials:
            if trial.state == running and self.claim(claims, trial.number):
                return self.library.trial.Trial(self.study, trial._trial_id)
        if len(trials) >= self.settings.trials:
            return None
        self.claim(claims, len(trials))
        self.study.sampler = self.sampler(len(trials))
        return self.study.ask()

    def claim(self, claims: ExitStack, number: int) -> bool:
        """Take a trial; return whether no living process has it."""
        place = self.folder / CLAIMS / f"{number:05d}"
        place.mkdir(exist_ok=True)
        try:
            claims.enter_context(locked(place))
        except CannotWrite:
            raise
        except NetkitError:
            return False
        return True

    def sampler(self, number: int) -> Any:
        """Return what chooses the trial of a number, by the trials before and the seed alone."""
        seed = (self.settings.seed * 1_000_003 + number) % 2**32
        if self.settings.sampler == "random":
            return self.library.samplers.RandomSampler(seed=seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of arguments that are experimental
            return self.library.samplers.TPESampler(
                seed=seed,
                n_startup_trials=STARTUP,
                multivariate=True,
                group=True,
                constant_liar=True,
            )

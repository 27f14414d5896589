"""What `netkit tune` is told beside the words of `netkit train`."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

from netkit.arguments import signature_of
from netkit.checks import Checked, Count, Whole
from netkit.errors import NetkitError
from netkit.files.documents import parse_yaml
from netkit.search.space import Space, read_space

FOLDERS = Path("searches")
BEFORE = "tune."


class Settings(Checked):
    """A search.

    trials: how many in all, by all processes together.  space: what may be chosen, see space.py.
    folder: of the search; null: one under searches/ that the other words name, so that the same
    line finds it again.  processes: how many to start here, each with its share of the cores.
    sampler: tpe, or random.  pruner: median ends a trial that is worse after an iteration than
    half of those before were; none.  seed: another one chooses other trials.
    """

    def __init__(
        self,
        *,
        space: str,
        trials: Count = 100,
        folder: str | None = None,
        processes: Count = 1,
        sampler: Literal["tpe", "random"] = "tpe",
        pruner: Literal["median", "none"] = "median",
        seed: Whole = 0,
    ) -> None:
        self.space_text = space
        self.space: Space = read_space(space)
        self.trials = trials
        self.folder = folder
        self.processes = processes
        self.sampler = sampler
        self.pruner = pruner
        self.seed = seed


class Line(NamedTuple):
    """The words of a search: those of `netkit train`, and its own settings."""

    words: list[str]
    settings: Settings

    @property
    def about(self) -> str:
        """What makes it this search and no other, as text."""
        s = self.settings
        alike = [word for word in self.words if not word.startswith("threads=")]
        return json.dumps([sorted(alike), s.space_text.replace(" ", ""), s.sampler, s.seed])

    @property
    def folder(self) -> Path:
        """Where the search is kept."""
        if self.settings.folder:
            return Path(self.settings.folder)
        arch = next((w.partition("=")[2] for w in self.words if w.startswith("arch=")), "lenet5")
        name = "".join(c if c.isalnum() or c in "-_" else "_" for c in arch)[:40]
        return FOLDERS / f"{name}-{hashlib.sha256(self.about.encode()).hexdigest()[:8]}"


def read_line(words: Sequence[str]) -> Line:
    """Return the words of a command line, divided; raise NetkitError for what is wrong."""
    given: dict[str, Any] = {}
    left = []
    for word in words:
        name, sign, value = word.partition("=")
        if not name.startswith(BEFORE):
            left.append(word)
            continue
        name = name.removeprefix(BEFORE)
        known = list(signature_of(Settings).parameters)
        if name not in known or not sign:
            raise NetkitError(f"{word}: there are {', '.join(BEFORE + one for one in known)}")
        texts = ("space", "folder")
        given[name] = value if name in texts else parse_yaml(value, f"{BEFORE}{name}")
    for word in left:
        name = word.partition("=")[0].lstrip("+")
        if word[:1] == "-" or name in ("resume", "name", "test_only", "find_rate"):
            raise NetkitError(f"{word}: is not for a search: each trial is a run of its own")
    if "space" not in given:
        raise NetkitError(
            "tune.space: say what to search: 'tune.space={eta: log(1e-4,1e-1), optimizer: "
            "[adam,sgd]}'"
        )
    return Line(left, Settings(**given))

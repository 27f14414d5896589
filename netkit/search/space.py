"""Space: the settings that a search may choose, as `tune.space` describes them.

    {eta: log(1e-4, 1e-1), arch.layers.c0.out: int(4, 32), optimizer: [adam, sgd]}

log(a, b), float(a, b), int(a, b), logint(a, b); a third number is the step of float and int. A list
has the values to choose among. A mapping in its place has the values too, each with a space of its
own that counts only where it is chosen:

    {optimizer: {adam: {eta: log(1e-4, 1e-2)}, sgd: {optimizer.inertia: float(0, 0.95)}}}
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from netkit.config.words import text_of
from netkit.errors import NetkitError, shown
from netkit.files.documents import parse_yaml, read_text

CALL = re.compile(r"\b(log|float|int|logint)\s*\(([^()]*)\)")
DEEPEST = 20  # choices within choices
NEEDS = "write log(1e-4,1e-1), float(0,1), int(6,32), logint(4,512) or [a,b]"


class Numbers(NamedTuple):
    """A setting that is a number: its name, what the search calls it, its least and its most."""

    name: str
    key: str
    low: float
    high: float
    log: bool = False
    whole: bool = False
    step: float | None = None

    @property
    def kind(self) -> str:
        """How its values are drawn on an axis."""
        return "log" if self.log else "linear"

    def suggest(self, trial: Any) -> dict[str, str]:
        """Return the words' values that a trial of Optuna chooses, {name: text}."""
        if self.whole:
            step = int(self.step or 1)
            value = trial.suggest_int(
                self.key, int(self.low), int(self.high), step=step, log=self.log
            )
        else:
            value = trial.suggest_float(self.key, self.low, self.high, step=self.step, log=self.log)
        return {self.name: repr(value)}


class Choice(NamedTuple):
    """A setting that is one of some values, each with a space of its own."""

    name: str
    key: str
    options: "dict[str, Space]"

    @property
    def kind(self) -> str:
        """How its values are drawn on an axis."""
        return "choice"

    def suggest(self, trial: Any) -> dict[str, str]:
        """Return the words' values that a trial of Optuna chooses, {name: text}."""
        value = trial.suggest_categorical(self.key, list(self.options))
        return {self.name: value} | suggest(trial, self.options[value])


Space: TypeAlias = "list[Numbers | Choice]"


def suggest(trial: Any, space: Space) -> dict[str, str]:
    """Return what a trial of Optuna chooses of a space, {name: text}."""
    chosen: dict[str, str] = {}
    for part in space:
        chosen |= part.suggest(trial)
    return chosen


def parts_of(space: Space) -> Iterator[Numbers | Choice]:
    """Yield all settings of a space, those of choices after them."""
    for part in space:
        yield part
        if isinstance(part, Choice):
            for inner in part.options.values():
                yield from parts_of(inner)


def read_space(text: str) -> Space:
    """Return the space that a text describes, or the .yaml file that it names."""
    where = "tune.space"
    if text.endswith((".yaml", ".yml")):
        where = f"tune.space={text}"
        text = read_text(Path(text), where)
    value = parse_yaml(CALL.sub(lambda match: f'"{match[0]}"', text), where)
    if not isinstance(value, Mapping) or not value:
        raise NetkitError(f"{where}: is {shown(value)}: write '{{eta: log(1e-4,1e-1)}}'")
    space = space_of(value, "", where)
    check_once(space, set(), where)
    return space


def check_once(space: Space, outer: set[str], where: str) -> None:
    """Raise NetkitError for a setting that is chosen outside of a choice and in it."""
    names = {part.name for part in space}
    if twice := names & outer:
        raise NetkitError(f"{where}: {min(twice)} is there twice: choose it in one place")
    for part in space:
        if isinstance(part, Choice):
            for inner in part.options.values():
                check_once(inner, names | outer, where)


def space_of(value: Mapping[Any, Any], path: str, where: str, depth: int = 0) -> Space:
    """Return the space of a mapping; path: the choices under which it counts."""
    if depth > DEEPEST:
        raise NetkitError(f"{where}: over {DEEPEST} choices within choices")
    return [part_of(str(name), part, path, where, depth) for name, part in value.items()]


def part_of(name: str, value: Any, path: str, where: str, depth: int) -> Numbers | Choice:
    """Return one setting of a space."""
    key = f"{path}{name}"
    if re.search(r"[\s=,{}\[\]()]", name) or not name:
        raise NetkitError(f"{where}: {name!r} is no name of a setting")
    if isinstance(value, str) and (match := CALL.fullmatch(value.strip())):
        return numbers(name, key, match, where)
    if isinstance(value, list):
        value = {text_of(typed(one)): None for one in value}
    elif isinstance(value, Mapping):
        value = {text_of(typed(one)): inner for one, inner in value.items()}
    else:
        raise NetkitError(f"{where}: {name}: {shown(value)}: {NEEDS}")
    options: dict[str, Space] = {}
    for text, inner in value.items():
        if inner is not None and not isinstance(inner, Mapping):
            raise NetkitError(
                f"{where}: {name}: {text}: {shown(inner)}: write the settings that count for it, "
                f"{{{text}: {{eta: log(1e-4,1e-1)}}}}, or nothing"
            )
        options[text] = space_of(inner or {}, f"{key}={text}/", where, depth + 1)
    if not options:
        raise NetkitError(f"{where}: {name}: has nothing to choose among: {NEEDS}")
    return Choice(name, key, options)


def typed(value: Any) -> Any:
    """Return a value of YAML; a number such as 1e-4, which YAML takes for a text, as a number."""
    if isinstance(value, str):
        try:
            return float(value) if re.fullmatch(r"[-+]?\d+(\.\d*)?[eE][-+]?\d+", value) else value
        except ValueError:
            return value
    return value


def numbers(name: str, key: str, match: "re.Match[str]", where: str) -> Numbers:
    """Return the setting that a call such as log(1e-4, 1e-1) describes."""
    kind, said = match[1], match[0]
    whole, log = kind in ("int", "logint"), kind.startswith("log")
    try:
        given = [(int if whole else float)(part) for part in match[2].split(",")]
    except ValueError:
        raise NetkitError(f"{where}: {name}: {said}: {NEEDS}") from None
    if len(given) not in ((2,) if log else (2, 3)) or not given[0] < given[1]:
        raise NetkitError(f"{where}: {name}: {said}: give the least, then the most")
    if log and given[0] <= 0:
        raise NetkitError(f"{where}: {name}: {said}: a logarithm begins above 0")
    step = given[2] if len(given) > 2 else None
    if step is not None and not 0 < step <= given[1] - given[0]:
        raise NetkitError(f"{where}: {name}: {said}: the step is above 0, and no longer than that")
    return Numbers(name, key, given[0], given[1], log, whole, step)

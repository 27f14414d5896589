"""Differences: the settings in which runs differ, whatever words they came from."""

from collections.abc import Mapping, Sequence
from typing import Any

from netkit.runs.record import Record

APART = {"command", "name", "resume", "hydra", "show"}  # what says nothing of the training
MISSING = object()


def flat(value: Any, path: str = "") -> dict[str, Any]:
    """Return the settings in a mapping by their whole names, {"optimizer.eta": 0.1}."""
    if not isinstance(value, Mapping) or not value:
        return {path: value}
    found: dict[str, Any] = {}
    for name, part in value.items():
        found |= flat(part, f"{path}.{name}" if path else str(name))
    return found


def first_difference(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return (name, our value, their value) of the first setting that is not alike, by name.

    A setting that is missing counts as None.  () if all are alike.
    """
    for name in sorted(ours.keys() | theirs.keys()):
        if ours.get(name) != theirs.get(name):
            return name, ours.get(name), theirs.get(name)
    return ()


def differences(found: Sequence[Record]) -> list[tuple[str, list[Any]]]:
    """Return (setting, its value in each run) of those that are not the same in all runs.

    A run without a setting has the text "-" there. In the order of the configurations.
    """
    settings = [
        flat({key: v for key, v in record.config.items() if key not in APART}) for record in found
    ]
    names = dict.fromkeys(name for some in settings for name in some)
    made = []
    for name in names:
        values = [some.get(name, MISSING) for some in settings]
        if any(value != values[0] for value in values):
            made.append((name, ["-" if value is MISSING else value for value in values]))
    return made

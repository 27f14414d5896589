"""How large a configuration may grow, counted before it is: aliases, depth, ${references}."""

import re
from typing import Any

import yaml

from netkit.errors import NetkitError, shown
from netkit.files.documents import DEEPEST, too_deep

MOST_VALUES = 100_000  # of a configuration file, what its aliases stand for counted each time
MOST_CHARACTERS = 10_000_000  # of a configuration, with what its ${references} stand for
REFERENCE = re.compile(r"\$\{([^${}:]+)\}")


def check_text(text: str, where: str) -> None:
    """Raise NetkitError if a YAML text is too deep, or too large with what its aliases stand for.

    where: what to call it in the error.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    held: dict[str, int] = {}  # {anchor: how many values it stands for}
    level: list[tuple[str | None, int]] = [(None, 0)]  # (anchor, values) of what is open
    total = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            if isinstance(event, yaml.CollectionStartEvent):
                level.append((event.anchor, 1))
                total += 1
            elif isinstance(event, yaml.ScalarEvent):
                held |= {event.anchor: 1} if event.anchor else {}
                level[-1], total = (level[-1][0], level[-1][1] + 1), total + 1
            elif isinstance(event, yaml.AliasEvent):
                if event.anchor in (anchor for anchor, _ in level):
                    raise NetkitError(f"{where}: *{event.anchor} stands inside itself: remove it")
                size = held.get(str(event.anchor), 1)
                level[-1], total = (level[-1][0], level[-1][1] + size), total + size
            elif isinstance(event, yaml.CollectionEndEvent):
                anchor, size = level.pop()
                held |= {anchor: size} if anchor else {}
                level[-1] = level[-1][0], level[-1][1] + size
            if len(level) > DEEPEST:
                raise NetkitError(f"{where}: {too_deep()}")
            if total > MOST_VALUES:
                raise NetkitError(f"{where}: more than {MOST_VALUES:,} values: take fewer")
    except (yaml.YAMLError, ValueError) as error:
        said = " ".join(str(error).split())
        raise NetkitError(f"{where}: cannot be read as YAML ({said}): write it anew") from None


def check_growth(cfg: Any) -> None:
    """Raise NetkitError if ${references} to ${references} would make a configuration too large.

    cfg: plain mappings and lists, in which they are not replaced yet.
    """
    known: dict[str, int] = {}

    def grown(value: Any) -> int:
        if isinstance(value, dict):
            return 1 + sum(map(grown, value.values()))
        if isinstance(value, list):
            return 1 + sum(map(grown, value))
        if not isinstance(value, str):
            return 1
        return len(value) + sum(map(named, REFERENCE.findall(value)))

    def named(name: str) -> int:
        if name not in known:
            known[name] = 0  # a reference to itself is OmegaConf's to refuse
            known[name] = min(grown(found(cfg, name)), MOST_CHARACTERS + 1)
        return known[name]

    try:
        size = grown(cfg)
    except RecursionError:
        raise NetkitError(
            "${references} to ${references}, too deep: write out what they are"
        ) from None
    if size > MOST_CHARACTERS:
        name = max(known, key=lambda name: known[name], default="")
        raise NetkitError(
            f"{shown('${' + name + '}')} and the like stand for more than {MOST_CHARACTERS:,} "
            "characters: write out what is meant"
        )


def found(cfg: Any, name: str) -> Any:
    """Return what a dotted name stands for in plain mappings and lists; None if nothing."""
    for key in name.strip().split("."):
        if isinstance(cfg, list) and key.isdigit() and int(key) < len(cfg):
            cfg = cfg[int(key)]
        else:
            cfg = cfg.get(key) if isinstance(cfg, dict) else None
    return cfg

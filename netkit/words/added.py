"""+NAME=VALUE: refused where nobody would look at it, instead of being ignored."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from netkit.arguments import signature_of
from netkit.errors import NetkitError
from netkit.registry import Registry
from netkit.words.groups import CONF, GROUPS
from netkit.words.near import hint
from netkit.words.synonyms import answer_to

KINDS = {  # what makes an object of a part of a configuration
    "data": "dataset",
    "scenes": "scenes",
    "optimizer": "optimizer",
    "energy": "energy",
    "backend": "backend",
}
SILENT = {"arch": ("name", "layers"), "augment": ("layers",)}  # parts that take what they are given


def refuse_added(cfg: Any, words: Iterable[str]) -> None:
    """Raise NetkitError for a +NAME=VALUE that nothing in a configuration takes.

    A new variable is taken by a part whose constructor has an argument of its name, and by
    ${NAME}. cfg: the configuration with it, whose ${...} may be resolved or not.
    """
    words = list(words)
    for word in words:
        found = re.match(r"\+{1,2}([A-Za-z_][\w.]*)=(.*)", word, re.S)
        if not found:
            continue
        name, value = found.groups()
        first, _, rest = name.partition(".")
        if f"${{{name}" in str(cfg) + " ".join(words):
            continue
        if first in SILENT and rest and rest.split(".")[0] not in taken_by(first):
            known = {"arch": "layers and name", "augment": "see netkit train --help augment"}
            raise NetkitError(f"{word}: {first} takes no {rest}: {known[first]}")
        if rest or first in GROUPS or first == "hydra" or is_own(first):
            continue
        if first not in arguments(cfg):
            answer = answer_to(first, value, {*map(str, cfg), *GROUPS, "hydra"})
            near = answer or hint(first, [key for key in map(str, cfg) if key != first], 0.72)
            raise NetkitError(f"{word}: nothing takes {first}{': ' + near if near else ''}")


def taken_by(group: str) -> set[str]:
    """Return the variables of a part of which netkit's own files know."""
    names = set(SILENT[group])
    for path in (CONF / group).iterdir():
        names |= set(re.findall(r"^([a-z_]\w*):", path.read_text(encoding="utf-8"), re.M))
    return names


def is_own(name: str) -> bool:
    """Return whether a name is a variable of one of netkit's files, such as another command's."""
    for path in CONF.iterdir():
        text = path.read_text(encoding="utf-8") if path.name.endswith(".yaml") else ""
        if re.search(rf"^{re.escape(name)}:", text, re.M):
            return True
    return False


def arguments(cfg: Mapping[str, Any]) -> set[str]:
    """Return the names of the arguments that the parts of a configuration take."""
    registry = Registry()
    found: set[str] = set()
    for kind, type_name in parts(cfg):
        try:
            found |= set(signature_of(registry.get(kind, type_name)).parameters)
        except (NetkitError, TypeError, ValueError):
            continue  # it is named where it is made
    return found


def parts(cfg: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield (kind, name) of each object that a configuration describes."""
    for group, kind in KINDS.items():
        spec: Any = cfg.get(group)
        if hasattr(spec, "get"):  # a mapping, or Hydra's own
            yield kind, str(spec.get("type"))

"""What a file of configuration may say of Hydra: where runs go and what a sweep goes over.

Hydra calls what `_target_` names, and Python's logging what `class` and `()` name: a file from a
stranger could have any function of any module called. Words that are typed say what they like.
"""

import re
from typing import Any

import yaml

from netkit.errors import NetkitError, shown

CALLS = "_target_", "()", "class"  # keys whose value Hydra or logging calls; no argument's name
ALLOWED = {"hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir", "hydra.mode", "hydra.verbose"}
ALLOWED_BELOW = "hydra.sweeper.params."
REMEDY = "a file may say where runs go (hydra.run.dir, hydra.sweep) and what a sweep goes over"
PACKAGE = re.compile(r"^\s*#\s*@package\s+(\S+)", re.MULTILINE)


def check_trust(text: str, name: str, where: str) -> None:
    """Raise NetkitError for a YAML text that would have Hydra call or change what it should not.

    text: what check_text has taken.  name: Hydra's of the file, as arch/mine.  where: what to call
    it in the error.
    """
    if name.startswith("hydra/"):
        raise NetkitError(f"{where}: is in Hydra's own group: {REMEDY}; give the rest as words")
    for package in PACKAGE.findall(text):
        check_package(package, where)
    read = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if not isinstance(read, dict):
        return
    check_keys(read, where)
    for entry in read.get("defaults") or []:
        for choice in [entry] if isinstance(entry, str) else list(entry or {}):
            check_choice(str(choice), where)
    for setting in leaves(read.get("hydra", {}), "hydra"):
        if setting not in ALLOWED and not setting.startswith(ALLOWED_BELOW):
            raise NetkitError(f"{where}: {shown(setting)}: {REMEDY}: give it as a word, {setting}=")


def check_keys(value: Any, where: str) -> None:
    """Raise NetkitError if a mapping anywhere in a file has a key that means a call."""
    if isinstance(value, list):
        for each in value:
            check_keys(each, where)
    elif isinstance(value, dict):
        for key, each in value.items():
            if key in CALLS:
                raise NetkitError(
                    f"{where}: {key}: {shown(each)}: a configuration calls nothing by its Python "
                    "name: write type, the name of what a plugin brings"
                )
            check_keys(each, where)


def check_choice(choice: str, where: str) -> None:
    """Raise NetkitError for an entry of `defaults` that is of Hydra's groups or goes into them."""
    group, _, package = choice.partition("@")
    for word in ("optional ", "override "):
        group = group.strip().removeprefix(word)
    if group.strip().lstrip("/").startswith("hydra/"):
        raise NetkitError(f"{where}: defaults: {shown(choice)}: {REMEDY}: give it as a word")
    check_package(package, where)


def check_package(package: str, where: str) -> None:
    """Raise NetkitError if a file, or a choice of it, would be put among Hydra's settings."""
    if "hydra" in package.split(".") or "$" in package:
        raise NetkitError(f"{where}: @package {shown(package)}: {REMEDY}: give the rest as words")


def leaves(value: Any, name: str) -> list[str]:
    """Return the dotted names of the settings in a mapping."""
    if not isinstance(value, dict):
        return [name]
    return [leaf for key, each in value.items() for leaf in leaves(each, f"{name}.{key}")]

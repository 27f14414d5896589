"""The variables that a translated run keeps as variables, so that it can still be tuned by them."""

import os
import re
from collections.abc import Collection
from typing import Any

from netkit.eblearn.conf_file import ConfFile

REFERENCE = re.compile(r"\$\{\s*([A-Za-z_]\w*)\s*\}")
NESTED = re.compile(r"\$\{[^}]*\$\{")
NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
TOOLS = "current_dir", "run_type", "root2"  # EBLearn sets them, a file only reads them


class KeptVariables:
    """Values of a .conf file in which ${root} stays ${root}, as OmegaConf writes it.

    known: the variables that netkit's command has: of those, only the ones in `shared` mean the
    same in a value.  variables: the file's own that the values refer to, {name: value}, which have
    to stand in the run beside them.
    """

    def __init__(self, conf: ConfFile, known: Collection[str], shared: Collection[str]) -> None:
        self.conf = conf
        self.known = set(known)
        self.shared = set(shared)
        self.variables: dict[str, Any] = {}

    def text(self, name: str) -> str:
        """Return a variable's text; it is the same as conf.get(name) once it is composed."""
        whole = self.conf.get(name)  # says what is wrong, and uses what it stands for
        raw = self.conf.values.get(name, "")
        if NESTED.search(raw):
            return escaped(whole)
        return unquoted(REFERENCE.sub(self.reference, raw))

    def number(self, name: str) -> str | None:
        """Return ${x} for a variable that is one other of numbers, else None."""
        found = REFERENCE.fullmatch(self.conf.values.get(name, "").strip())
        text = self.conf.get(name)
        if not found or not NUMBER.fullmatch(text) or not self.may_stay(found[1]):
            return None
        if found[1] not in self.known:
            self.variables[found[1]] = self.number(found[1]) or number_of(text)
        return f"${{{found[1]}}}"

    def may_stay(self, name: str) -> bool:
        """Say whether ${name} means in a run what it means in the file."""
        inside = name in self.conf.values and name not in TOOLS
        return inside and (name in self.shared or name not in self.known)

    def reference(self, found: re.Match[str]) -> str:
        """Return what stands for one ${name}: itself, the environment's, or its value."""
        name = found[1]
        if self.may_stay(name):
            if name not in self.known and name not in self.variables:
                self.variables[name] = self.text(name)
            return f"${{{name}}}"
        if name in self.conf.values:
            return escaped(self.conf.get(name))
        return f"${{oc.env:{name}}}" if name in os.environ else ""


def unquoted(text: str) -> str:
    """Return a text as ConfFile.get does, without quotes around it."""
    return text.strip().strip("\"'").strip()


def escaped(text: str) -> str:
    """Return a text that OmegaConf takes as it is."""
    return text.replace("${", "\\${")


def number_of(text: str) -> int | float:
    """Return the number that a text is."""
    return int(text) if re.fullmatch(r"[-+]?\d+", text) else float(text)

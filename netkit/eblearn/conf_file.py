"""The language of EBLearn's .conf files: NAME = VALUE lines, comments, ${variables} inside one
another.
"""

import difflib
import os
import re
from pathlib import Path

from netkit.errors import NetkitError


class ConfFile:
    """The variables of a .conf file; a value is put together when it is asked for, and what was
    used is noted.

    The last assignment of a name wins. `${name}` stands for a variable, or else for one of the
    environment; an undefined one is an error where it is needed (EBLearn puts nothing in its
    place). Commands in backquotes, which EBLearn hands to a shell, are refused.
    """

    def __init__(self, path, assignments=()):
        self.path, self.values, self.used = Path(path), {}, set()
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise NetkitError(f"{path}: cannot be read ({error.strerror})") from None
        self.values["current_dir"], self.values["run_type"] = (
            str(self.path.resolve().parent),
            "train",
        )
        self.given = {"current_dir", "run_type"}  # by EBLearn itself
        self.used |= self.given
        lines = [(f"{self.path}:{k}", line) for k, line in joined(text)]
        for where, line in [*lines, *((word, word) for word in assignments)]:
            self.assign(where, line)

    def assign(self, where, line):
        line = uncommented(line)
        if not line:
            return
        name, sign, value = (part.strip() for part in line.partition("="))
        if not sign or not re.fullmatch(r"[\w.\-]+", name):
            raise NetkitError(
                f"{where}: {line!r} is no assignment: write NAME = VALUE, or # before a comment"
            )
        if "`" in value:
            raise NetkitError(
                f"{where}: {name}: a shell command in backquotes is not run: write what it would print"
            )
        self.values[name] = value
        self.given.discard(name)

    def __contains__(self, name):
        return name in self.values

    def get(self, name, default=None, why="it"):
        """Return a variable's value with every ${...} replaced, without quotes; `default` if it is
        not there.
        """
        if name not in self.values:
            return default
        return self.expand(self.values[name], name, (name,)).strip().strip("\"'").strip()

    def expand(self, value, name, chain):
        """Return a value with every ${...} replaced, the inner ones first."""
        self.used.add(chain[-1])
        while found := re.search(r"\$\{([^${}]*)\}", value):
            value = (
                value[: found.start()]
                + self.lookup(found[1].strip(), name, chain)
                + value[found.end() :]
            )
        if "${" in value:
            raise NetkitError(
                f"{self.path}: {name} = {self.values[name]}: a ${{ is not closed: add }}"
            )
        return value

    def lookup(self, inner, name, chain):
        if inner in chain:
            raise NetkitError(
                f"{self.path}: {' -> '.join((*chain, inner))}: a variable that refers to itself"
            )
        if inner in self.values:
            return self.expand(self.values[inner], name, (*chain, inner)).strip().strip("\"'")
        if inner in os.environ:
            return os.environ[inner]
        near = difflib.get_close_matches(inner, self.values, 1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise NetkitError(
            f"{self.path}: {name} needs ${{{inner}}}, which is not defined{hint}: add it to the file, or give "
            f"{inner}=VALUE after it"
        )

    def undefined(self, name):
        """Return what keeps a variable from having a value, or None."""
        used = set(self.used)
        try:
            self.get(name)
        except NetkitError as error:
            return str(error)
        finally:
            self.used = used
        return None


def joined(text):
    """Yield (number, line), a line that ends in a backslash with the next one."""
    start, whole = None, ""
    for k, line in enumerate(text.splitlines(), 1):
        start = start or k
        if line.rstrip().endswith("\\"):
            whole += line.rstrip()[:-1]
            continue
        yield start, whole + line
        start, whole = None, ""
    if whole:
        yield start, whole


def uncommented(line):
    """Return a line without its comment, from # or ;; on, outside of quotes."""
    kept = re.match(r"""(?:"[^"]*"|'[^']*'|(?!\#|;;).)*""", line)
    return kept[0].strip()

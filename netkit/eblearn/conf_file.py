"""The language of EBLearn's .conf files: NAME = VALUE lines, comments, ${variables}."""

import difflib
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from netkit.errors import NetkitError

LONGEST = 100_000  # characters of a value
MOST_STEPS = 1_000  # variables replaced for one
DEEPEST = 50


class ConfFile:
    """The variables of a .conf file; a value is put together when it is asked for.

    The last assignment of a name wins. `${name}` stands for a variable, or else for one of the
    environment; nothing takes the place of an undefined one, as in EBLearn, and `missing` keeps
    its name. Commands in backquotes, which EBLearn hands to a shell, are refused.

    run_type: what the tool that reads the file sets, whatever the file says: train or detect.
    values: {name: text as it stands there}.  used: the names that were asked for.  missing: {name
    that was asked for: the undefined variables that its value needs}.
    """

    def __init__(
        self, path: str | Path, assignments: Iterable[str] = (), run_type: str = "train"
    ) -> None:
        self.path = Path(path)
        try:
            text = self.path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise NetkitError(f"{path}: cannot be read ({error.strerror})") from None
        folder = f"{self.path.resolve().parent}/"  # with the stroke, as EBLearn's tools set it
        self.values: dict[str, str] = {}
        self.missing: dict[str, set[str]] = {}
        self.steps = 0  # replacements for the variable that was asked for
        for number, line in joined(text):
            self.assign(f"{self.path}:{number}", line)
        # EBLearn itself sets these; root2 only where the file does not
        self.values |= {"current_dir": folder, "run_type": run_type}
        self.values.setdefault("root2", folder)
        self.used = {"current_dir", "run_type", "root2"}
        for word in assignments:
            self.assign(word, word)

    def assign(self, where: str, line: str) -> None:
        """Take one line; where: what to call it in an error."""
        line = uncommented(line)
        if not line or line.startswith(";"):  # Lush's comments begin with one
            return
        name, sign, value = (part.strip() for part in line.partition("="))
        if not sign or not re.fullmatch(r"[\w.\-]+", name):
            raise NetkitError(
                f"{where}: {line!r} is no assignment: write NAME = VALUE, or # before a comment"
            )
        if "`" in value:
            raise NetkitError(
                f"{where}: {name}: a shell command in backquotes is not run: "
                "write what it would print"
            )
        self.values[name] = value

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def get(self, name: str, default: str = "") -> str:
        """Return a variable's value with every ${...} replaced, without quotes, or `default`."""
        if name not in self.values:
            return default
        return self.expand(self.values[name], name, (name,)).strip().strip("\"'").strip()

    def expand(self, value: str, name: str, chain: tuple[str, ...]) -> str:
        """Return a value with every ${...} replaced, the inner ones first.

        name: the variable that was asked for.  chain: it, and those that led from it to this value.
        """
        self.used.add(chain[-1])
        self.steps = 0 if len(chain) == 1 else self.steps
        if len(chain) > DEEPEST:
            raise NetkitError(
                f"{self.path}: {name}: over {DEEPEST} variables that refer to one another: "
                "write it out"
            )
        while found := re.search(r"\$\{([^${}]*)\}", value):
            inner = self.lookup(found[1].strip(), name, chain)
            value = value[: found.start()] + inner + value[found.end() :]
            self.steps += 1
            if len(value) > LONGEST or self.steps > MOST_STEPS:
                raise NetkitError(
                    f"{self.path}: {name}: its variables stand for over {LONGEST:,} characters, "
                    f"or for {MOST_STEPS:,} others: write it out"
                )
        if "${" in value:
            raise NetkitError(
                f"{self.path}: {name} = {self.values[name]}: a ${{ is not closed: add }}"
            )
        return value

    def lookup(self, inner: str, name: str, chain: tuple[str, ...]) -> str:
        """Return what ${inner} stands for."""
        if inner in chain:
            raise NetkitError(
                f"{self.path}: {' -> '.join((*chain, inner))}: a variable that refers to itself"
            )
        if inner in self.values:
            return self.expand(self.values[inner], name, (*chain, inner)).strip().strip("\"'")
        if inner in os.environ:
            return os.environ[inner]
        self.missing.setdefault(name, set()).add(inner)
        return ""

    def need(self, name: str) -> str:
        """Return a variable's value, all of whose ${...} have to be defined; "" if not there."""
        value = self.get(name)
        for inner in sorted(self.missing.get(name, ())):
            near = difflib.get_close_matches(inner, self.values, 1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise NetkitError(
                f"{self.path}: {name} needs ${{{inner}}}, which is not defined{hint}: "
                f"add it to the file, or give {inner}=VALUE after it"
            )
        return value


def joined(text: str) -> Iterator[tuple[int, str]]:
    """Yield (number, line), a line that ends in a backslash with the next one."""
    start, whole = 0, ""
    for k, line in enumerate(text.splitlines(), 1):
        start = start or k
        if line.rstrip().endswith("\\") and uncommented(line).endswith("\\"):
            whole += line.rstrip()[:-1]
            continue
        yield start, whole + line
        start, whole = 0, ""
    if whole:
        yield start, whole


def uncommented(line: str) -> str:
    """Return a line without its comment, from # or ;; on, outside of quotes."""
    kept = re.match(r"""(?:"[^"]*"|'[^']*'|(?!\#|;;).)*""", line)
    return kept[0].strip() if kept else ""

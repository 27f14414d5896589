"""netkit COMMAND --help: the variables of a command as its YAML explains them, by section.

`--help data` is a group or a section, `--help data=folder` one choice, `--help eta` a variable.
"""

import re
import shutil
import textwrap
from collections.abc import Iterable
from importlib.resources import files
from typing import NamedTuple

import yaml

from netkit.errors import NetkitError
from netkit.words.groups import GROUPS, choices_of, defaults_of
from netkit.words.near import hint
from netkit.words.synonyms import answer_to

CONF = files("netkit.conf")
HEADING = re.compile(r"# ---- (.*?) ----$")
VARIABLE = re.compile(r"([A-Za-z]\w*):(?: +(.*?))?(?:\s+# (.*))?$")
NAME, VALUE = 24, 14  # columns of names and of defaults


class Variable(NamedTuple):
    """A variable as its file has it: name, default and comment."""

    name: str
    default: str
    comment: str


Sections = dict[str, list[Variable]]


def help_text(command: str, words: Iterable[str] = (), *, colour: bool = False) -> str:
    """Return the help of a command, or of what words name: groups, choices, sections, variables.

    words: those of the command line; settings NAME=VALUE of no group are left out.  colour: with
    the codes of a terminal.
    """
    topics = [word for word in words if word[:1] not in "-+~" and is_topic(word)]
    if topics:
        return "\n\n".join(topic_text(command, topic, colour=colour) for topic in topics)
    parts = [opening(command), groups_text(command, colour)]
    parts += [section_text(name, rows, colour) for name, rows in sections_of(command).items()]
    parts.append(
        f"netkit {command} --help GROUP explains a group's choices, --help NAME one setting\n"
        f"netkit {command} --cfg job prints what would be run, --multirun NAME=A,B runs each"
    )
    return "\n\n".join(parts)


def is_topic(word: str) -> bool:
    """Return whether a word asks for help on something: a name, or a group's choice."""
    return "=" not in word or word.partition("=")[0] in GROUPS


def opening(command: str) -> str:
    """Return what the command is for."""
    held = yaml.safe_load((CONF / f"{command}.yaml").read_text(encoding="utf-8"))
    return str(held["hydra"]["help"]["template"]).strip()


def topic_text(command: str, topic: str, *, colour: bool) -> str:
    """Return the help of one group, choice, section or variable; NetkitError for another word."""
    group, _, choice = topic.partition("=")
    sections = sections_of(command)
    if choice:
        if choice not in choices_of(group):
            there = hint(choice, choices_of(group))
            raise NetkitError(f"{topic}: there is no such {group}: {there}")
        return choice_text(group, choice, colour)
    parts = [group_text(command, topic, colour)] if topic in defaults_of(command) else []
    for name, rows in sections.items():
        if name.split()[0].strip(",;:") == topic or name == topic:
            parts.append(section_text(name, rows, colour))
    for rows in sections.values():
        parts += [section_text("", [row], colour) for row in rows if row.name == topic]
    parts += [choice_text(g, topic, colour) for g in defaults_of(command) if topic in choices_of(g)]
    parts += [] if parts else in_choices(command, topic)
    if not parts:
        known = {row.name for rows in sections.values() for row in rows} | set(defaults_of(command))
        said = answer_to(topic, None, known) or hint(topic, known) or "--help alone lists all"
        raise NetkitError(f"--help {topic}: there is no such thing: {said}")
    return "\n\n".join(parts)


def in_choices(command: str, name: str) -> list[str]:
    """Return a text on a variable that choices of groups bring, such as eta; [] of any other."""
    lines = []
    for group in defaults_of(command):
        for choice in choices_of(group):
            text = (CONF / group / f"{choice}.yaml").read_text(encoding="utf-8")
            if "@package _global_" in text and (row := re.search(rf"^{name}: .*$", text, re.M)):
                lines.append(f"  {group}={choice:12} {row[0]}")
    return ["\n".join([f"{name} is of a choice, and each sets its own:", *lines])] if lines else []


def sections_of(command: str) -> Sections:
    """Return {title: Variables} of a command's file, then of the one that it begins with."""
    text = (CONF / f"{command}.yaml").read_text(encoding="utf-8")
    body, _, defaults = text.partition("\nhydra:")[0], None, yaml.safe_load(text)["defaults"]
    found: Sections = {}
    title, last = "general", ""
    for line in body.splitlines():
        if heading := HEADING.match(line):
            title = heading[1]
        elif (row := VARIABLE.match(line)) and row[1] != "defaults":
            last = row[1]
            found.setdefault(title, []).append(Variable(last, row[2] or "", row[3] or ""))
        elif (more := re.match(r"\s+# (.*)$", line)) and title in found and last:
            before = found[title][-1]
            found[title][-1] = before._replace(comment=f"{before.comment} {more[1]}".strip())
        elif not line.startswith(" "):
            last = ""
    for base in (part for part in defaults if isinstance(part, str) and part[:1] != "_"):
        known = {row.name for rows in found.values() for row in rows}
        for title, rows in sections_of(base).items():
            left = [row for row in rows if row.name not in known]
            if left:
                found.setdefault(title, []).extend(left)
    return found


def section_text(title: str, rows: list[Variable], colour: bool) -> str:
    """Return the variables of a section: name, default, and the comment beside them."""
    wide = max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))
    lines = [bold(title, colour)] if title else []
    for row in rows:
        head = f"  {row.name:{NAME - 2}} {row.default:{VALUE}} "
        gap = " " * (NAME + VALUE + 1)
        told = textwrap.wrap(row.comment, max(20, wide - len(gap))) or [""]
        first = head + told[0] if len(head) <= len(gap) + 1 else head
        rest = told[1:] if len(head) <= len(gap) + 1 else told
        first = cyan(row.name, first, colour)
        lines += [first.rstrip(), *(f"{gap} {line}".rstrip() for line in rest if line)]
    return "\n".join(lines)


def groups_text(command: str, colour: bool) -> str:
    """Return the groups of a command and their choices, and which is taken."""
    lines = [bold("groups: NAME=CHOICE; your own file by its path, NAME=./mine.yaml", colour)]
    wide = max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))
    for group, taken in defaults_of(command).items():
        names = ", ".join(f"{name}*" if name == taken else name for name in choices_of(group))
        filled = textwrap.fill(names, wide - 14, break_on_hyphens=False).split("\n")
        first = cyan(group, f"  {group:11} {filled[0]}", colour)
        lines += [first, *(f"{'':14}{line}" for line in filled[1:])]
    return "\n".join([*lines, "  * is taken where nothing is said"])


def group_text(command: str, group: str, colour: bool) -> str:
    """Return the choices of a group, each with the line that its file begins with."""
    taken = defaults_of(command)[group]
    lines = [bold(f"{group}=CHOICE", colour)]
    wide = max(60, min(shutil.get_terminal_size((100, 24)).columns, 120))
    for name in choices_of(group):
        text = (CONF / group / f"{name}.yaml").read_text(encoding="utf-8")
        comments = re.findall(r"^# (?!@)(.*)$", text, re.M)
        head = f"  {name}{'*' if name == taken else '':1}"
        told = textwrap.wrap(comments[0] if comments else "", wide - 26) or [""]
        lines.append(cyan(name, f"{head:25} {told[0]}".rstrip(), colour))
        lines += [f"{'':26}{line}" for line in told[1:]]
    return "\n".join([*lines, f"  netkit {command} --help {group}=CHOICE prints its file"])


def choice_text(group: str, choice: str, colour: bool) -> str:
    """Return the file of a choice, with its comments."""
    text = (CONF / group / f"{choice}.yaml").read_text(encoding="utf-8")
    body = "\n".join(line for line in text.splitlines() if not line.startswith("# @"))
    return f"{bold(f'{group}={choice}', colour)}\n{textwrap.indent(body.strip(), '  ')}"


def bold(text: str, colour: bool) -> str:
    """Return a heading as a terminal shows it."""
    return f"\x1b[1m{text}\x1b[0m" if colour else text


def cyan(name: str, line: str, colour: bool) -> str:
    """Return a line whose first `name` is coloured."""
    return line.replace(name, f"\x1b[36m{name}\x1b[0m", 1) if colour else line

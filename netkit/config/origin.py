"""Where a configuration begins: netkit's own file of a command, one that is named, or another's.

`netkit train FILE.conf` begins with a file of another program, which a plugin translates
(netkit_config_files); `netkit train DIR/NAME.yaml`, and `--config-dir DIR --config-name NAME`, with
a file of the user.
"""

import logging
import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from netkit.errors import NetkitError
from netkit.files.runs import run_called
from netkit.files.text import printable
from netkit.plugin_files import take_files
from netkit.registry import Registry
from netkit.words.added import refuse_added
from netkit.words.groups import refuse_texts
from netkit.words.own_files import own_files

log = logging.getLogger("netkit")
FLAGS = {  # Hydra's, of which the long ones are said
    "--config-dir": "--config-dir",
    "-cd": "--config-dir",
    "--config-name": "--config-name",
    "-cn": "--config-name",
}

# where files are looked for beside netkit's own
FOLDER: ContextVar[str | None] = ContextVar("FOLDER", default=None)
OWN: ContextVar[str | None] = ContextVar("OWN", default=None)  # of choices by path


@dataclass
class Origin:
    """Where the configuration of `command` begins, and what is left to say of it.

    name: of the file, without .yaml.  words: the overrides.  said: what stands before them on the
    command line.  notes: lines to tell the user.  spelled: {word: as it was typed} of choices by
    path.
    """

    command: str
    name: str
    words: list[str]
    said: list[str]
    notes: list[str]
    spelled: dict[str, str] = field(default_factory=dict)

    def check(self, cfg: Any) -> None:
        """Raise NetkitError for a configuration of another command, or words that it ignores.

        Say which run weights=latest or resume=latest stands for.
        """
        refuse_texts(self.command, cfg)
        refuse_added(cfg, self.words)
        for name in ("weights", "resume"):
            if f"{name}=latest" in self.words and (run := run_called("latest")):
                log.warning("%s=latest: %s", name, printable(run))
        if self.name == self.command:
            return
        own = yaml.safe_load((files("netkit.conf") / f"{self.command}.yaml").read_text())
        groups = [part for part in own.pop("defaults") if isinstance(part, dict)]
        parts = [name for part in groups for name, choice in part.items() if choice is not None]
        lost = [name for name in (*own, *parts) if name not in cfg and name != "hydra"]
        if lost:
            raise NetkitError(
                f"--config-name {self.name}: is no configuration of netkit {self.command}: it has "
                f"no {', '.join(lost[:3])}: begin it with defaults: [{self.command}, _self_]"
            )


@contextmanager
def origin_of(command: str, words: Iterable[str]) -> Iterator[Origin]:
    """Give the Origin that the words of a command ask for; a translation lasts as long as this."""
    flags, words = begin_with_yaml(*split_flags(take_files(words)))
    file = next((word for word in words if is_config_file(word)), None)
    if file is None:
        folder = flags.get("--config-dir")
        name = named(command, flags.get("--config-name"), folder)
        said = [part for flag in flags.items() for part in flag]
        with looking_into(folder), own_files(words) as (words, spelled, own):
            before = OWN.set(own)
            try:
                yield Origin(command, name, words, said, [], spelled)
            finally:
                OWN.reset(before)
        return
    if flags:
        raise NetkitError(f"{file}: stands for {min(flags)}: give one of the two")
    others = list(words)
    others.remove(file)
    with tempfile.TemporaryDirectory(prefix="netkit-") as folder:
        name, left, notes = translate(Path(file), command, others, Path(folder))
        taken = [word for word in others if word not in left]
        with looking_into(folder):
            yield Origin(command, name, left, [file, *taken], notes)


@contextmanager
def looking_into(folder: str | None) -> Iterator[None]:
    """Have Hydra look for files in a folder, after netkit's own."""
    before = FOLDER.set(folder)
    try:
        yield
    finally:
        FOLDER.reset(before)


def translate(
    path: Path, command: str, words: list[str], folder: Path
) -> tuple[str, list[str], list[str]]:
    """Return (name, words left, notes) of another program's file, written into `folder`."""
    if not path.is_file():
        raise NetkitError(f"{path}: there is no such file")
    function = Registry().get("config_file", path.suffix)
    name, left, notes = function(path, command, words, folder)
    return name, left, notes


def begin_with_yaml(flags: dict[str, str], words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return flags and words; DIR/NAME.yaml among them as --config-dir DIR --config-name NAME."""
    for word in words:
        if "=" in word or word[:1] in "-+~" or not word.endswith(".yaml"):
            continue
        if flags:
            raise NetkitError(f"{word}: stands for {min(flags)}: give one of the two")
        place = {"--config-dir": str(Path(word).parent), "--config-name": Path(word).stem}
        return place, [other for other in words if other != word]
    return flags, words


def is_config_file(word: str) -> bool:
    """Say whether a word of a command line names another program's file of configuration."""
    if "=" in word or word[:1] in "-+~" or not Path(word).suffix:
        return False
    return Path(word).suffix in Registry().found["config_file"]


def split_flags(words: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return {flag: value} of --config-dir and --config-name, and the words that are left."""
    flags: dict[str, str] = {}
    left: list[str] = []
    rest = iter(words)
    for word in rest:
        flag, sign, value = word.partition("=")
        if flag not in FLAGS:
            left.append(word)
            continue
        value = value if sign else next(rest, "")
        if not value or value[:1] == "-":
            raise NetkitError(f"{flag}: a value is missing: write {flag} VALUE")
        flags[FLAGS[flag]] = value
    return flags, left


def named(command: str, name: str | None, folder: str | None) -> str:
    """Return the file that a command begins with: NAME_COMMAND if there is one, else NAME."""
    if folder is not None and not os.path.isdir(folder):
        raise NetkitError(f"--config-dir {folder}: there is no such folder")
    if name is None:
        return command
    name = name.removesuffix(".yaml")
    places = [Path(folder)] if folder else []
    for choice in (f"{name}_{command}", name):
        if any((place / f"{choice}.yaml").is_file() for place in (*places, files("netkit.conf"))):
            return choice
    known = sorted(path.stem for place in places for path in place.glob("*.yaml"))
    there = f": there are {', '.join(known)}" if known else ": name its folder, --config-dir DIR"
    raise NetkitError(f"--config-name {name}: there is no such file{there}")

"""The words of a command line: NAME=VALUE overrides and flags, as Hydra takes them."""

import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from netkit.errors import NetkitError
from netkit.files.runs import run_called
from netkit.launched import launched
from netkit.plugin_files import FILES
from netkit.words.forms import refuse_odd_forms
from netkit.words.groups import settled_choice

SPECIAL = "null", "true", "false", "nan", "inf"  # texts that are no texts without quotes


def command_line(command: str, words: Iterable[str]) -> str:
    """Return what a user would type for these words."""
    files = os.environ.get(FILES, "").split(os.pathsep)  # without which it could not be repeated
    named = [f"plugins={','.join(files)}"] if files != [""] else []
    return shlex.join(["netkit", command, *named, *(word.removeprefix("++") for word in words)])


@contextmanager
def as_argv(command: str, words: Iterable[str]) -> Iterator[None]:
    """Put words where Hydra reads them, in sys.argv, and have it hand its errors over whole."""
    argv, full = sys.argv, os.environ.get("HYDRA_FULL_ERROR")
    sys.argv, os.environ["HYDRA_FULL_ERROR"] = [f"netkit {command}", *words], "1"
    try:
        yield
    finally:
        sys.argv = argv
        os.environ.pop("HYDRA_FULL_ERROR")
        if full is not None:
            os.environ["HYDRA_FULL_ERROR"] = full


def flags_first(words: Iterable[str]) -> list[str]:
    """Return Hydra's flags, then the overrides: argparse refuses overrides on both sides."""
    return sorted(words, key=lambda word: word[:1] in "~+" or ("=" in word and word[:1] != "-"))


def quoted_path(word: str) -> str:
    """Return a word NAME=PATH with the path in quotes if it is there and could be misread."""
    name, sign, value = word.partition("=")
    odd = sign and re.search(r"[{}\[\],=~'\"():\s]", value) and not re.match(r"['\"]", value)
    return f"{name}={text_of(value)}" if odd and os.path.exists(value) else word


def prepared(command: str, words: Iterable[str]) -> list[str]:
    """Return the words of a command as Hydra is to read them: each step is said below."""
    words = list(words)
    refuse_odd_forms(command, words)
    if command == "evaluate" and not names_a_data_set(words):
        words = [as_scenes(word) for word in words]
    if command == "train":
        words = [with_folder(word) for word in words]
    settled = (settled_choice(command, word) for word in words)
    typed = (quoted_path(word) for word in settled if word is not None)
    return [into_part(command, with_whole_numbers(word)) for word in typed]


def with_folder(word: str) -> str:
    """Return resume=latest or resume=NAME with the folder of that run; any other word as it is."""
    name, sign, value = word.partition("=")
    if name != "resume" or not sign or value == "null" or os.path.isdir(value.strip("'\"")):
        return word
    run = run_called(value.strip("'\""))
    return f"resume={text_of(str(run))}" if run else word


def into_part(command: str, word: str) -> str:
    """Return a word such as optimizer.warmup=0.1 as one that may add the argument to its part.

    The YAML of a part need not list what its constructor takes; the registry checks the name. Only
    of parts that the command makes: of others nobody would look at the name.
    """
    trained = "optimizer|energy|data|backend|comm|rate_factors"
    parts = {
        "train": trained,
        "audit": trained,
        "evaluate": "scenes|data|backend",
    }
    return f"++{word}" if re.match(rf"({parts.get(command, 'backend')})\.[\w.]+=", word) else word


def names_a_data_set(words: Iterable[str]) -> bool:
    """Return whether words choose a data set, and not scenes by the name of `data`."""
    from netkit.registry import Registry

    choices = [word.partition("=")[2] for word in words if re.match(r"\+*data=", word)]
    return bool(choices) and choices[-1] not in {*Registry().found["scenes"], "boxes", "null"}


def as_scenes(word: str) -> str:
    """Return a word of `netkit evaluate` about `data`, as scenes were called, as one about them.

    data=annotated becomes scenes=annotated; so does data=boxes, as training calls them.
    """
    word = re.sub(r"^(\+*)data=boxes$", r"\1data=annotated", word)
    return re.sub(r"^([+~]*)data(?=[=.@]|$)", r"\1scenes", word)


def with_whole_numbers(word: str) -> str:
    """Return a word NAME=1e3 or NAME=[1e2,2.5e3] with its whole numbers as 1000: YAML has 1000.0.

    A file or folder of such a name stays, and so does what has more than fifteen digits.
    """
    name, sign, value = word.partition("=")
    if not re.fullmatch(r"[\[\]\d.eE+, -]+", value) or os.path.exists(value):
        return word
    return name + sign + re.sub(r"(?<![\w.+])\d+(\.\d+)?[eE]\+?\d+(?![\w.])", whole, value)


def whole(found: re.Match[str]) -> str:
    """Return a number such as 1e3 in digits, if it is whole and short; else as it is."""
    number = float(found[0])
    return str(int(number)) if number < 1e15 and number.is_integer() else found[0]


def resume_folder(command: str, words: Iterable[str]) -> list[str]:
    """Return the word that makes a resumed run write into its own folder; none for another run."""
    for word in words:
        if word.startswith("resume=") and word != "resume=null":
            folder = Path(word.removeprefix("resume=").strip("'\""))
            if command == "train" and not (folder / "last.safetensors").is_file():
                raise NetkitError(
                    f"resume={folder}: no last.safetensors there: name the folder of a run"
                )
            return [f"hydra.run.dir={text_of(folder.resolve())}"]
    return []


@contextmanager
def not_rank_0(command: str) -> Iterator[list[str]]:
    """Return a context with the words that keep a process from writing what rank 0 writes.

    For one of several that mpiexec or srun started on one run: Hydra makes a folder and a log of
    each. Other commands write one each, such as the shards of netkit detect.
    """
    if command != "train" or not launched().rank:
        yield []
        return
    with tempfile.TemporaryDirectory(prefix="netkit-", ignore_cleanup_errors=True) as folder:
        place = text_of(folder)
        yield [f"hydra.run.dir={place}", f"hydra.sweep.dir={place}", "hydra.sweep.subdir=."]


def words_of(settings: Mapping[str, Any]) -> list[str]:
    """Return {name: value} as words NAME=VALUE."""
    return [f"{name}={text_of(value)}" for name, value in settings.items()]


def text_of(value: Any) -> str:
    """Return a value as Hydra's grammar has it, in quotes where it could misread it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Mapping):
        pairs = (f"{name}: {text_of(part)}" for name, part in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(text_of, value)) + "]"
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value)
    if re.fullmatch(r"[A-Za-z]\w*", text) and text.lower() not in SPECIAL:
        return text
    return "'" + re.sub(r"(\\*)'", r"\1\1\\'", text) + "'"

"""Documents of words: JSON and YAML, refused in one line if damaged, too deep or too large.

`where` is what to call a document in an error: "weights net.safetensors".
"""

import json
from pathlib import Path
from typing import Any

import yaml

from netkit.errors import NetkitError

DEEPEST = 50  # brackets inside one another
LARGEST = 64 << 20  # bytes of a file
MOST_NODES = 1 << 22  # values in a YAML file: half a minute of reading


def read_text(path: Path, where: str) -> str:
    """Return the text of a file, if it is of a size that somebody may have written."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise NetkitError(
                f"{where}: {size:,} bytes: at most {LARGEST:,} are read: is it another file?"
            )
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise NetkitError(f"{where}: cannot be read ({said}): give a text in UTF-8") from None


def parse_json(text: str | bytes, where: str) -> Any:
    """Return what a JSON text says; raise NetkitError if it is none or deeper than DEEPEST."""
    try:
        value = json.loads(text)
    except RecursionError:
        raise NetkitError(f"{where}: {too_deep()}") from None
    except ValueError as error:  # damaged, no UTF-8, or a number of thousands of digits
        raise NetkitError(f"{where} is damaged ({error}): copy or write it anew") from None
    level, deep = [value], 0
    while level:
        level = [part for each in level for part in parts(each) if isinstance(part, (dict, list))]
        deep += 1
        if deep > DEEPEST:
            raise NetkitError(f"{where}: {too_deep()}")
    return value


def parts(value: Any) -> Any:
    """Return what a mapping or a list holds; nothing of anything else."""
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def too_deep() -> str:
    """Return what is wrong with a document that is too deep."""
    return f"brackets inside one another, over {DEEPEST} deep: copy or write it anew"


def parse_yaml(text: str, where: str) -> Any:
    """Return what a YAML text of plain values says: no aliases (*name), no depth over DEEPEST.

    It is counted before it is built: aliases of aliases are larger than any memory.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    deep = nodes = 0
    try:
        for event in yaml.parse(text, Loader=loader):
            nodes += isinstance(event, yaml.NodeEvent)
            deep += isinstance(event, yaml.CollectionStartEvent)
            deep -= isinstance(event, yaml.CollectionEndEvent)
            if isinstance(event, yaml.AliasEvent):
                raise NetkitError(
                    f"{where}: has the alias *{event.anchor}: write what it stands for"
                )
            if deep > DEEPEST:
                raise NetkitError(f"{where}: {too_deep()}")
            if nodes > MOST_NODES:
                raise NetkitError(f"{where}: has more than {MOST_NODES:,} values: take fewer")
        return yaml.load(text, Loader=loader)
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, AttributeError) as error:
        # The last four are a date such as 2001-99-99, a number of thousands of digits, a bad tag.
        said = " ".join(str(error).split())
        raise NetkitError(f"{where}: cannot be read as YAML ({said}): write it anew") from None

"""Write docs/reference.md: everything that netkit registers, from the code itself.

python scripts/make_reference.py
"""

import sys
from collections.abc import Iterator
from importlib.metadata import entry_points
from itertools import groupby
from pathlib import Path

from netkit.commands.plugins import PLACES, Entry, entries
from netkit.registry import Registry

PAGE = Path(__file__).parent.parent / "docs" / "reference.md"
TITLES = {
    "layer": "Layers",
    "dataset": "Data sets",
    "scenes": "Scenes",
    "energy": "Energies",
    "optimizer": "Optimizers",
    "visualizer": "Visualizers",
    "backend": "Backends",
    "communicator": "Communicators",
}
HEAD = """# Reference

What an arch, a run and a detector may name, kind by kind and file by file. `netkit plugins conv`
prints one entry of it, and what other installed plugins bring. This page is made from the code:
`python scripts/make_reference.py`.
"""
EBLEARN = """
## EBLearn's names

Brought by the plugin `netkit.eblearn`, so that EBLearn's configurations read as they are:
[eblearn.md](eblearn.md).
"""


def reference() -> str:
    """Return the whole page."""
    own = [p for p in entry_points(group="netkit") if p.name in ("netkit", "eblearn")]
    registry = Registry(own)
    if registry.broken:
        raise SystemExit(f"these did not load: {registry.broken}")
    found = [
        entry
        for kind in TITLES
        for name in registry.found.get(kind, {})
        for entry in entries(registry, name)
        if entry.kind == kind
    ]
    text = HEAD + "".join(kinds([e for e in found if e.plugin == "netkit"], "##"))
    eblearn = [e for e in found if e.plugin == "eblearn"]
    return text + (EBLEARN + "".join(kinds(eblearn, "###")) if eblearn else "")


def kinds(found: list[Entry], mark: str) -> Iterator[str]:
    """Yield a section for each kind, with a part for each file."""
    for kind, title in TITLES.items():
        of_kind = [entry for entry in found if entry.kind == kind]
        if of_kind:
            yield f"\n{mark} {title}\n\nWritten {PLACES[kind][0]}.\n"
        of_kind.sort(key=lambda entry: entry.source.__module__)
        for module, part in groupby(of_kind, key=lambda entry: entry.source.__module__):
            caption = (sys.modules[module].__doc__ or "").strip().split("\n\n")[0]
            yield f"\n{mark}# {flat(caption)}\n\n`{module.replace('.', '/')}.py`\n"
            yield from aliases(list(part))


def aliases(part: list[Entry]) -> Iterator[str]:
    """Yield the entries of a file; names of one class in one."""
    while part:
        same = [e for e in part if e.source is part[0].source and e.text() == part[0].text()]
        part = [e for e in part if e not in same]
        yield f"\n**{', '.join(f'`{e.name}`' for e in same)}**\n\n{same[0].text()}\n\n"
        rows = list(zip(*(e.rows() for e in same), strict=True))
        if rows:
            yield "| argument | takes | default |\n| --- | --- | --- |\n"
        for each in rows:
            name, takes, default = each[0]
            default = default if len(set(each)) == 1 else "as the name says"
            yield f"| `{name}` | {takes} | {default} |\n".replace("|  |", "| |")
        yield ("\n" if rows else "") + f"`{same[0].line()}`\n"


def flat(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


if __name__ == "__main__":
    PAGE.write_text(reference())
    print(f"{PAGE}: {len(PAGE.read_text().splitlines())} lines")

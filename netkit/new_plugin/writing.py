"""A new plugin, written whole or not at all: a package, or one file."""

import keyword
import re
import tempfile
from pathlib import Path

from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.new_plugin.templates import CONFIGS, PYPROJECT, README, TEMPLATES
from netkit.registry import Registry


def new_plugin(target: str, kind: str = "layer") -> str:
    """Write a plugin of a kind of TEMPLATES to `target`; return what to do next.

    target: the path of a folder that is made for a package, or of a file, NAME.py, for a plugin
    that needs no installing. Raises NetkitError for a name that Python or netkit cannot have, and
    for what is there already; then nothing is written.
    """
    path = Path(target)
    single = path.suffix == ".py"
    name = checked_name(path.stem if single else path.name.replace("-", "_"), kind)
    if path.exists():
        raise NetkitError(f"{path}: is there already: choose another name, or remove it")
    if not path.parent.is_dir():
        raise NetkitError(f"{path}: there is no folder {path.parent}: make it first")
    template = TEMPLATES[kind]
    words = {
        "name": name,
        "cls": "".join(part.capitalize() for part in name.split("_")),
        "dashed": name.replace("_", "-"),
        "kind": {"dataset": "data set"}.get(kind, kind),
        "words": template.words.format(name=name),
    }
    code = f'"""A {words["kind"]} for netkit."""\n\n{template.imports}\n\n{template.code}'
    if single:
        write_beside(path, code.format(**words).encode())
        return "\n".join(f"  {line}" for line in ("try it:", *trial(path, kind, name)))
    texts = {
        "pyproject.toml": PYPROJECT,
        "README.md": README,
        f"{name}/__init__.py": code + CONFIGS,
        f"{name}/conf/__init__.py": "",
        f"{name}/conf/{template.group}/{name}.yaml": template.yaml,
        f"tests/test_{name}.py": template.test,
    }
    write_folder(path, {file: text.format(**words) for file, text in texts.items()})
    steps = f"cd {path}", "pytest", "pip install -e .", f"netkit train {words['words']}"
    return "\n".join(f"  {line}" for line in ("try it:", *steps))


def checked_name(name: str, kind: str) -> str:
    """Return a name that a module and an entry of a kind can have; NetkitError for another."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise NetkitError(
            f"new-plugin {name}: cannot be the name of a module: write small letters, digits and "
            "_, a letter first, as in my_layer"
        )
    registry = Registry()
    if name == "netkit" or name in registry.names() or name in registry.found[kind]:
        raise NetkitError(f"new-plugin {name}: netkit has {name} already: choose another name")
    return name


def trial(path: Path, kind: str, name: str) -> list[str]:
    """Return the commands that try a plugin of one file."""
    use = {
        "layer": f"'+arch.layers.{name}={{type: {name}}}'",
        "energy": f"energy.type={name}",
        "optimizer": f"optimizer.type={name}",
        "dataset": f"data.type={name} arch=mlp",
    }[kind]
    command = "summary" if kind == "layer" else "train"
    return [f"netkit plugins {name} plugins={path}", f"netkit {command} {use} plugins={path}"]


def write_folder(path: Path, texts: dict[str, str]) -> None:
    """Write a folder with files of text: the whole folder or none of it."""
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".netkit-") as temporary:
        made = Path(temporary) / path.name
        for file, text in texts.items():
            (made / file).parent.mkdir(parents=True, exist_ok=True)
            (made / file).write_text(text, encoding="utf-8")
        made.rename(path)

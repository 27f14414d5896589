"""The tree itself: levels, file sizes, every YAML built, the README's commands."""

import ast
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from levels import LEVELS
from pictures_of_shapes import write_yolo
from PIL import Image

from netkit.build.parts import make_net
from netkit.config.compose import compose

ROOT = Path(__file__).parent.parent
FILES = sorted((ROOT / "netkit").rglob("*.py"))
ARCHS = sorted(path.stem for path in (ROOT / "conf" / "arch").glob("*.yaml"))


def level(module):
    names = (f"{module}.py", f"{module}/")
    return next(k for k, rooms in enumerate(LEVELS) if rooms.keys() & set(names))


def imports(path):
    """Yield the netkit modules that a file imports as it runs: not those of its hints alone."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    checked = [n for n in nodes if isinstance(n, ast.If) and "TYPE_CHECKING" in ast.dump(n.test)]
    hints = {id(inner) for node in checked for inner in ast.walk(node)}
    for node in (node for node in nodes if id(node) not in hints):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("netkit"):
            names = (
                [node.module]
                if node.module != "netkit"
                else [f"netkit.{alias.name}" for alias in node.names]
            )
            yield from (name.split(".")[1] for name in names if "." in name)
        elif isinstance(node, ast.Import):
            yield from (a.name.split(".")[1] for a in node.names if a.name.startswith("netkit."))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_levels(path):
    here = path.relative_to(ROOT / "netkit").parts[0].removesuffix(".py")
    if here == "__init__":
        return
    for there in set(imports(path)) - {"__version__"}:
        assert level(there) <= level(here), f"{here} imports {there}"


def test_every_package_is_installed():
    """A wheel has the packages that pyproject.toml lists, and no others."""
    text = (ROOT / "pyproject.toml").read_text().split("[tool.setuptools]")[1]
    listed = re.findall(r'"([\w.]+)"', re.search(r"packages = \[(.*?)\]", text, re.DOTALL)[1])
    found = {path.parent.relative_to(ROOT) for path in ROOT.glob("netkit/**/__init__.py")}
    assert sorted(listed) == sorted({"netkit.conf", *(".".join(path.parts) for path in found)})


def test_every_room_is_listed_once():
    listed = [name for rooms in LEVELS for name in rooms]
    assert len(listed) == len(set(listed))
    package = ROOT / "netkit"
    folders = {path.parent.relative_to(package) for path in package.rglob("*.py")}
    folders |= {Path(name) for name in ("plugins/digits",)}
    files = {path.name for path in package.glob("*.py")}
    assert set(listed) == files | {f"{folder}/" for folder in folders if folder != Path()}


def test_contributing_shows_the_rooms_as_they_stand():
    made = runpy.run_path(str(ROOT / "scripts" / "make_tree.py"))["page"]()
    page = (ROOT / "CONTRIBUTING.md").read_text()
    assert page == made, "CONTRIBUTING.md is stale: run `python scripts/make_tree.py`"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_files_are_short(path):
    assert len(path.read_text().splitlines()) <= 220


def test_only_one_file_knows_each_library():
    for library, allowed in {
        "cupy": {"cupy.py", "nccl.py"},
        "hydra": {"compose.py", "job.py", "releases.py", "search.py", "sweep.py"},
        "click": {"cli.py", "cli_data.py", "cli_group.py", "cli_quantize.py", "command.py"},
    }.items():
        users = {
            p.name
            for p in FILES
            if f"import {library}" in p.read_text() or f"from {library}" in p.read_text()
        }
        assert users == allowed, library


@pytest.mark.parametrize("arch", ARCHS)
def test_every_arch_builds(registry, arch):
    ops = registry.make("backend", {"type": "numpy"})
    cfg = compose("train", [f"arch={arch}"])
    net = make_net(registry, cfg, (1, 28, 28), classes=10, ops=ops, coeff=0.01)
    cells = (4, 4) if arch == "finder" else (1, 1)
    assert net.shapes[-1] == (10, *cells)
    assert compose("train", [f"arch={arch}"])["arch"]["name"] == arch


@pytest.mark.parametrize(
    "path", sorted((ROOT / "conf").glob("*/*.yaml")), ids=lambda p: f"{p.parent.name}/{p.stem}"
)
def test_every_choice_composes(registry, path):
    group = path.parent.name
    cfg = compose("evaluate" if group == "scenes" else "train", [f"{group}={path.stem}"])
    kind = {
        "data": "dataset",
        "scenes": "scenes",
        "energy": "energy",
        "optimizer": "optimizer",
        "backend": "backend",
        "comm": "communicator",
    }.get(group)
    if kind:
        assert registry.get(kind, cfg[group]["type"])
    assert path.read_text().startswith("# ")


def test_lenet5_has_the_weights_of_eblearns(registry):
    ops = registry.make("backend", {"type": "numpy"})
    net = make_net(registry, compose("train"), (1, 28, 28), classes=10, ops=ops, coeff=0.01)
    assert net.values.size == 51046
    assert net.weights["c2.W"].shape == (60, 25)


def test_readme_commands(cli, tmp_path):
    """Every `netkit` command of the README runs as written, with less data, in its own folder."""
    text = (ROOT / "README.md").read_text()
    blocks = re.findall(r"```bash\n(.*?)```", text, re.S)
    lines = [line.split("#")[0] for block in blocks for line in block.splitlines()]
    commands = [
        shlex.split(part.strip())
        for line in lines
        for part in line.split("&&")
        if "netkit " in part
    ]
    cli("train", "iterations=1", "train_size=100", "val_size=50", "hydra.run.dir=outputs/DATE/TIME")
    for name in ("photos/cat/1.png", "photos/cat/2.png", "photos/dog/1.png", "new/1.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 30), (200, len(name), 9)).save(tmp_path / name)
    shutil.copy(tmp_path / "photos/dog/1.png", tmp_path / "photos/dog/2.png")
    write_yolo(tmp_path / "cells", 6)
    ran = 0
    for _, *words in commands:
        if words[0] == "data" or "cupy" in words:
            continue  # needs the network, or a GPU
        words = [
            re.sub(r"outputs/\d.*", "outputs/DATE/TIME", word)
            for word in words
            if "photos/" not in word
        ]
        if words[0] == "train" and not any(word.startswith("resume") for word in words):
            kept = [w for w in words if not w.startswith(("train_size", "val_size", "iterations"))]
            sizes = [] if "data=folder" in words else ["train_size=100", "val_size=50"]
            words = [*kept, "iterations=1", *sizes]
        cli(*words)
        ran += 1
    assert ran >= 10


def test_readme_python(tmp_path):
    """The README's Python runs as written, in an empty folder."""
    text = (ROOT / "README.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", text, re.S)
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    correct, names, *model = done.stdout.splitlines()
    assert float(correct) > 80
    assert names.startswith("['")
    assert "c0" in "".join(model)


@pytest.mark.parametrize("source", ["backends/native/kernels/native.c", "quantization/c/native.c"])
def test_what_a_change_of_a_kernel_compiles_again(source):
    """pyproject.toml lists each file that a source includes, once, and those alone."""
    path = ROOT / "netkit" / source
    found, pending = set(), [path]
    while pending:
        for name in re.findall(r'^#include "(.+)"', pending.pop().read_text(), re.MULTILINE):
            if (file := path.parent / name) not in found:
                found.add(file)
                pending.append(file)
    folder = path.parent.relative_to(ROOT).as_posix()
    said = re.findall(rf'^  "{folder}/(.+)",$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert sorted(said) == sorted(file.name for file in found)

"""Break netkit bit by bit, and see whether its tests notice: mutation testing by cosmic-ray.

    python scripts/mutate.py [TARGET ...] [--mutants 40] [--seed 0] [--write FILE [--again]]

Of each target, mutants are drawn: a place in its files, and one of cosmic-ray's changes to it (an
operator, a number, a comparison, a decorator ... other than it is), never of a type hint or a
docstring alone. A mutant is killed when a test fails, cannot be collected, or takes over ten times
as long. Only tests run that reach the changed line, the quickest first, those of over five seconds
left out. What survives is printed as a diff; with --write FILE is JSON of all of it, and what it
has of other targets stays, as do the words `why` of a survivor that stands there already: who has
looked at it says there why nobody could notice. Fewer than 85 % killed of the others fails. With
--again only those are run that survive in FILE without a `why`: after a test was written, say.

Needs `pip install cosmic-ray`, and a system that can fork. It works on a copy: the checkout is not
touched.
"""

import argparse
import ast
import difflib
import json
import logging
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import mutation_tests

try:
    from cosmic_ray.ast import ast_nodes, get_ast
    from cosmic_ray.mutating import mutate_code
    from cosmic_ray.plugins import get_operator, operator_names
except ImportError:
    sys.exit("cosmic-ray is not there: pip install cosmic-ray")

ROOT = Path(__file__).parent.parent
# The checks for authors, of all that netkit ships, and the page that says what arguments are.
PAGES = "tests/test_testing.py", "tests/test_reference.py"
# Layers as operators of ONNX, and as what the compiled kernels are told of them.
NETS = "tests/export/test_plan.py", "tests/export/test_onnx.py", "tests/backends/test_native.py"
TARGETS = {  # {name: (its files, the tests that are to notice)}
    "layers": (
        ["netkit/plugins/layers"],
        ["tests/plugins/layers", "tests/plugins/augmentation", *NETS, *PAGES],
    ),
    "energies": (
        ["netkit/plugins/energies"],
        ["tests/plugins/test_energies.py", "tests/plugins/test_boxes_energy.py", *PAGES],
    ),
    "optimizers": (
        ["netkit/plugins/optimizers"],
        ["tests/plugins/optimizers", "tests/backends/test_rules.py", *PAGES],
    ),
    "checkpoint": (
        ["netkit/training/checkpoint.py", "netkit/training/resuming.py"],
        ["tests/training/test_checkpoint.py"],
    ),
}


class Mutant(NamedTuple):
    """A changed file: where, by which of cosmic-ray's operators, and its text."""

    file: str
    line: int
    operator: str
    text: str


def main() -> bool:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    parser.add_argument("--mutants", type=int, default=40, help="of each target")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", type=Path, metavar="FILE")
    parser.add_argument("--again", action="store_true", help="those alone that survive in FILE")
    options = parser.parse_args()
    if options.again and not (options.write and options.write.exists()):
        sys.exit(f"--again: reads what survives in the file of --write, {options.write}: name one")
    before = json.loads(options.write.read_text()) if options.again else {}
    if unknown := set(options.targets) - set(TARGETS):
        sys.exit(f"{', '.join(unknown)}: no such target: there are {', '.join(TARGETS)}")
    logging.disable()
    enough = True
    for name in options.targets or TARGETS:
        found = measured(name, options.mutants, options.seed, before.get(name))
        if options.write:
            write(options.write, name, found)
        same = sum("why" in each for each in found["survivors"])
        enough &= found["killed"] >= 0.85 * (found["mutants"] - same)
        text = f"{found['killed']} of {found['mutants']} killed, {same} change nothing"
        print(f"{name}: {text}, seed {found['seed']}", flush=True)
    return not enough


def measured(
    name: str, count: int, seed: int, before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Return how many of a target's mutants the tests kill, and those that survive.

    before: what this returned; of those mutants, the ones that survive are run, but for those of
    which it is known why.
    """
    count, seed = (before["mutants"], before["seed"]) if before else (count, seed)
    survivors = [each for each in before["survivors"] if "why" in each] if before else []
    old = {each["diff"] for each in before["survivors"]} if before else None
    known = {each["diff"] for each in survivors}
    places, tests = TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        if (ROOT.parent / "shared").is_dir():  # data that tests read
            Path(folder, "shared").symlink_to((ROOT.parent / "shared").resolve())
        copy = Path(folder, "copy")
        for each in ("netkit", "conf", "tests", "scripts", "docs"):
            shutil.copytree(ROOT / each, copy / each)
        shutil.copy(ROOT / "pyproject.toml", copy)
        os.chdir(copy)
        files = [f for place in places for f in sorted(Path().glob(place)) for f in python(f)]
        reached = mutation_tests.reached(tests, [str(f) for f in files])
        drawn = draw(files, count, random.Random(f"{name} {seed}"))
        for mutant in drawn:
            path = Path(mutant.file)
            whole = path.read_text()
            if old is not None and said(mutant, whole)["diff"] not in old - known:
                continue
            path.write_text(mutant.text)
            killed = mutation_tests.killed(tests, reached, mutant.file, mutant.line)
            path.write_text(whole)
            print("." if killed else "S", end="", flush=True)
            if not killed:
                survivors.append(said(mutant, whole))
                print("", survivors[-1]["diff"], sep="\n", flush=True)
        os.chdir(ROOT)
    print()
    return {
        "mutants": len(drawn),
        "killed": len(drawn) - len(survivors),
        "seed": seed,
        "tests": tests,
        "survivors": survivors,
    }


def python(path: Path) -> list[Path]:
    return sorted(path.glob("*.py")) if path.is_dir() else [path]


def draw(files: list[Path], count: int, rng: random.Random) -> list[Mutant]:
    """Return mutants of files: places are drawn, each at most once, then one change of each."""
    operators = {name: get_operator(name) for name in operator_names()}
    plain = {name: each() for name, each in operators.items() if not each.arguments()}
    places: dict[tuple[str, tuple[int, int]], list[tuple[str, int]]] = {}
    for file in files:
        nodes = list(ast_nodes(get_ast(file.read_text())))
        for name, operator in plain.items():
            starts = (at for node in nodes for at, _ in operator.mutation_positions(node))
            for k, start in enumerate(starts):
                places.setdefault((str(file), start), []).append((name, k))
    drawn: list[Mutant] = []
    for (file, start), changes in rng.sample(sorted(places.items()), len(places)):
        name, at = rng.choice(changes)
        text = Path(file).read_text()
        mutated = mutate_code(text, plain[name], at)
        if mutated is not None and differs(text, mutated):
            drawn.append(Mutant(file, start[0], name, mutated))
        if len(drawn) == count:
            break
    return drawn


def differs(text: str, mutated: str) -> bool:
    """Return whether two files differ in more than type hints and docstrings."""
    try:
        return ast.dump(bare(text)) != ast.dump(bare(mutated))
    except SyntaxError:  # no program at all: nothing is learned of it
        return False


def bare(text: str) -> ast.Module:
    """Return a file's tree without hints and docstrings."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        if isinstance(node, ast.FunctionDef):
            node.returns = None
        if isinstance(node, ast.AnnAssign):
            node.annotation = ast.Constant(0)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(0)
    return tree


def said(mutant: Mutant, whole: str) -> dict[str, Any]:
    """Return a surviving mutant as JSON has it."""
    lines = difflib.unified_diff(whole.splitlines(), mutant.text.splitlines(), lineterm="", n=0)
    changed = [line for line in lines if line[:3] not in ("---", "+++") and line[:2] != "@@"]
    where = {"file": mutant.file, "line": mutant.line, "operator": mutant.operator.split("/")[1]}
    return {**where, "diff": "\n".join([f"{mutant.file}:{mutant.line}", *changed])}


def write(file: Path, name: str, found: dict[str, Any]) -> None:
    """Put what was found of a target into a file of JSON; reasons that stand there stay."""
    results = json.loads(file.read_text()) if file.exists() else {}
    old = {s["diff"]: s["why"] for s in results.get(name, {}).get("survivors", []) if "why" in s}
    for each in found["survivors"]:
        if each["diff"] in old:
            each["why"] = old[each["diff"]]
    file.write_text(json.dumps({**results, name: found}, indent=2) + "\n")


if __name__ == "__main__":
    sys.exit(main())

"""Print the measures of a checkout's package code, a row a checkout, as a table in Markdown.

python scripts/measure.py                       # this checkout
python scripts/measure.py OLD .                 # two beside each other
"""

import argparse
import ast
from pathlib import Path
from statistics import median, quantiles

COLUMNS = (
    "files",
    "lines",
    "median/max file",
    "function length median/p90",
    "functions with docstring",
    "with return type",
    "lines over 100 columns",
)


def measures(package: Path) -> dict[str, str]:
    """Return the measures of a package's .py files."""
    texts = [path.read_text() for path in sorted(package.rglob("*.py"))]
    sizes = [len(text.splitlines()) for text in texts]
    functions = [node for text in texts for node in functions_of(text)]
    lengths = [(node.end_lineno or 0) - node.lineno + 1 for node in functions]
    written = [line for text in texts for line in text.splitlines() if line.strip()]
    wide = sum(len(line) > 100 for line in written)
    said = [ast.get_docstring(node) is not None for node in functions]
    typed = [node.returns is not None for node in functions]
    values = (
        f"{len(texts)}",
        f"{sum(sizes):,}",
        f"{median(sizes):.0f}/{max(sizes)}",
        f"{median(lengths):.0f}/{quantiles(lengths, n=10)[-1]:.0f}",
        f"{100 * sum(said) / len(said):.0f} %",
        f"{100 * sum(typed) / len(typed):.0f} %",
        f"{wide:,} ({100 * wide / len(written):.1f} %)",
    )
    return dict(zip(COLUMNS, values, strict=True))


def functions_of(text: str) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Return the functions and methods of a file, inner ones too."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(ast.parse(text)) if isinstance(node, kinds)]


def main() -> None:
    """Print one row for each checkout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkouts", nargs="*", default=["."], type=Path)
    parser.add_argument("--package", default="netkit")
    given = parser.parse_args()
    print(f"| | {' | '.join(COLUMNS)} |")
    print("| --- |" + " --: |" * len(COLUMNS))
    for checkout in given.checkouts:
        row = measures(checkout / given.package)
        print(f"| {checkout.resolve().name} | {' | '.join(row.values())} |")


if __name__ == "__main__":
    main()

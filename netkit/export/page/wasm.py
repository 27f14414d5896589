"""The WebAssembly that runs a table, as the package has it, and of which sources it was made."""

import hashlib
import re
from pathlib import Path

HERE = Path(__file__).parent
WASM = HERE / "net.wasm"
SUMS = HERE / "net.wasm.json"
SOURCES = HERE / "c"
PACKAGE = HERE.parent.parent  # what includes from other folders are named from
INCLUDE = re.compile(r'^#include "(.*)"$', re.M)


def sources(path: Path = SOURCES / "net.c") -> list[Path]:
    """Return a source and those that it includes, each once, in order.

    One is looked for beside the file that names it, then in the package, as compilers do.
    """
    found = [path]
    for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
        beside = path.parent / name
        for each in sources(beside if beside.exists() else PACKAGE / name):
            if each not in found:
                found.append(each)
    return found


def sums() -> dict[str, str]:
    """Return the SHA-256 of each source and of the WebAssembly, {file: hexadecimal}.

    Files are named from the package's folder.
    """
    files = [*sorted(sources()), WASM]
    digests = (hashlib.sha256(path.read_bytes()).hexdigest() for path in files)
    names = (path.relative_to(PACKAGE).as_posix() for path in files)
    return dict(zip(names, digests, strict=True))

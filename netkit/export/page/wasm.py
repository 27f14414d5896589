"""The WebAssembly that runs a table, as the package has it, and of which sources it was made."""

import hashlib
from pathlib import Path

HERE = Path(__file__).parent
WASM = HERE / "net.wasm"
SUMS = HERE / "net.wasm.json"
SOURCES = HERE / "c"


def sums() -> dict[str, str]:
    """Return the SHA-256 of each source and of the WebAssembly, {file name: hexadecimal}."""
    files = [*sorted(SOURCES.glob("*.c")), WASM]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

"""Files read and written: whole or not at all."""

import os
from pathlib import Path

from netkit.errors import NetkitError


def write_beside(path: str | Path, data: bytes) -> None:
    """Write bytes to `path` whole or not at all; raise NetkitError where that fails."""
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise NetkitError(
            f"{path}: cannot be written ({error.strerror}): choose another folder"
        ) from None

"""Where windows stood when they were last open, kept in the user's cache for the next time."""

import json
import os
import re
from pathlib import Path
from typing import Any

import platformdirs

from netkit.files import write_beside

GEOMETRY = re.compile(r"(\d{2,5})x(\d{2,5})\+(-?\d{1,5})\+(-?\d{1,5})")  # as Tk writes it
MOST = 50  # windows that are remembered


def file_of_places() -> Path:
    """Return the file that keeps the places of windows."""
    folder = os.environ.get("NETKIT_CACHE") or platformdirs.user_cache_dir("netkit")
    return Path(folder) / "windows.json"


def known_places() -> dict[str, str]:
    """Return {title: "WxH+X+Y"} of the windows that were open before; {} where none is kept."""
    try:
        held = json.loads(file_of_places().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    pairs = held.items() if isinstance(held, dict) else ()
    return {str(k): v for k, v in pairs if isinstance(v, str) and GEOMETRY.fullmatch(v)}


def keep_places(places: dict[str, str]) -> None:
    """Keep where windows stand, beside those known; a place that cannot be kept is no error."""
    whole = known_places() | places
    newest = dict(list(whole.items())[-MOST:])
    try:
        file_of_places().parent.mkdir(parents=True, exist_ok=True)
        write_beside(file_of_places(), json.dumps(newest, indent=1).encode())
    except OSError:
        return


def place_of(window: Any) -> str:
    """Return where a toolkit's window stands, "WxH+X+Y"; "" where it does not say."""
    try:
        if hasattr(window, "wm_geometry"):  # Tk
            return str(window.wm_geometry())
        where = window.geometry()  # Qt
        return f"{where.width()}x{where.height()}+{where.x()}+{where.y()}"
    except Exception:  # each toolkit has its own errors for a window that has gone, or has no place
        return ""


def put(window: Any, place: str) -> None:
    """Put a toolkit's window where it stood, or leave it where the toolkit cannot."""
    found = GEOMETRY.fullmatch(place)
    if not found:
        return
    width, height, x, y = map(int, found.groups())
    try:
        if hasattr(window, "wm_geometry"):
            window.wm_geometry(place)
        else:
            window.setGeometry(x, y, width, height)
    except Exception:  # as above
        return

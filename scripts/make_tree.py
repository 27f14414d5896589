"""Print tests/levels.py, the list of netkit's rooms, into CONTRIBUTING.md.

python scripts/make_tree.py
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "CONTRIBUTING.md"
START, END = "netkit/\n", "tests/  "
sys.path.insert(0, str(ROOT / "tests"))

from levels import LEVELS  # noqa: E402


def tree() -> str:
    """Return the list as lines of text, the levels told apart by rules."""
    lines = [START.rstrip()]
    for number, rooms in enumerate(LEVELS):
        lines.append(f"  {f'-- level {number} ':-<78}")
        for name, caption in rooms.items():
            *outer, last = name.rstrip("/").split("/")
            shown = "  " * (len(outer) + 1) + last + ("/" if name.endswith("/") else "")
            lines.append(f"{shown:22}{caption}")
    return "\n".join(lines) + "\n"


def page() -> str:
    """Return CONTRIBUTING.md with the list as it stands now."""
    text = PAGE.read_text()
    before, rest = text.split(START, 1)
    return before + tree() + rest[rest.index(END) :]


if __name__ == "__main__":
    PAGE.write_text(page())

"""Near matches: which name a user may have meant."""

import difflib
from collections.abc import Iterable
from typing import Any

MOST = 24  # names that a line lists


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known name that is nearest to a word, whatever its capitals; "" if none is."""
    names = {name.lower().replace("-", "_"): name for name in known}
    short = word.lower().replace("-", "_")
    close = difflib.get_close_matches(short, names, 1, cutoff)
    if close:
        return names[close[0]]
    longer = [name for name in names if len(short) >= 3 and name.startswith(short)]
    return names[longer[0]] if len(longer) == 1 else ""


def hint(word: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return "did you mean NAME?", or what there is, or "" where that is too much to list."""
    known = sorted(map(str, known))
    if close := nearest(word, known, cutoff):
        return f"did you mean {close}?"
    return f"there are {', '.join(known)}" if 0 < len(known) <= MOST else ""


def hint_in(name: str, tree: Any) -> str:
    """Return a hint at the variable that a dotted name may be meant for, at its deepest known
    level of a tree of mappings.
    """
    path: list[str] = []
    words = name.split(".")
    while words and hasattr(tree, "keys") and words[0] in tree:
        tree = tree[words[0]]
        path.append(words.pop(0))
    if not words:
        return ""
    before = "".join(f"{part}." for part in path)
    if not hasattr(tree, "keys"):
        return f"{before[:-1]} is a value, {tree}, with nothing in it"
    known = [str(key) for key in tree]
    if close := nearest(words[0], known, 0.6 if path else 0.72):
        return f"did you mean {before}{close}?"
    if not path:
        return ""
    if not 0 < len(known) <= MOST:
        return ""
    # A layer or another part takes more than its file lists.
    more = f"; what else {tree['type']} takes is added by +{name}=VALUE" if "type" in tree else ""
    return f"in {before[:-1]} there are {', '.join(known)}{more}"

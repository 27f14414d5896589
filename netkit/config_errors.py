"""Complaints: what Hydra or OmegaConf said of a configuration, as one line for its user."""

import difflib
import re


def one_line(error, command, composed):
    """Return what Hydra or OmegaConf said of a configuration as one line that names the remedy.

    composed: a function that composes a command's configuration; called only where a name needs a
    hint.
    """
    chain = [error]
    while chain[-1].__cause__ is not None:
        chain.append(chain[-1].__cause__)
    text = " ".join(str(error).split())
    key = re.search(r"Could not override '([^']+)'|Key '([^']+)' is not in struct", text)
    if key:
        name, all_of_them = key[1] or key[2], f"netkit {command} --cfg job prints all"
        return f"{name}: there is no such variable{near(name, command, composed)}; {all_of_them} (+{name}=... adds it)"
    pattern = r"In '[^']+': Could not find '([^']+)' Available options in '([^']+)': (.*?)(?: Config search path|$)"
    group = re.search(pattern, text)
    if group:
        choice, kind, known = group[1].split("/")[-1], group[2], ", ".join(group[3].split())
        return f"{kind}={choice}: there is no such {kind}: there are {known}"
    return (
        re.sub(r" ?(full_key|object_type|reference_type)[:=] ?\S*", "", text)
        or type(error).__name__
    )


def near(name, command, composed):
    """Return a hint at the variable that `name` may be meant for, at the deepest level of it that
    exists.
    """
    try:
        known, path = composed(command), []
    except Exception:  # a hint is not worth an error
        return ""
    words = name.split(".")
    while words and hasattr(known, "keys") and words[0] in known:
        known = known[words[0]]
        path.append(words.pop(0))
    close = (
        difflib.get_close_matches(words[0], map(str, known), 1)
        if words and hasattr(known, "keys")
        else []
    )
    return f": did you mean {'.'.join([*path, *close])}?" if close else ""

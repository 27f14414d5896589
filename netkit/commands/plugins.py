"""netkit plugins: all that is registered, and which plugin brought it."""

from netkit.commands.columns import table
from netkit.registry import Registry


def plugins():
    """Return a table of all that is registered, and of the plugins that did not load."""
    registry = Registry()
    rows = [("kind", "name", "plugin")]
    for kind, names in registry.found.items():
        rows += [(kind, name, ", ".join(sorted(offers))) for name, offers in sorted(names.items())]
    text = table(rows)
    for name, error in registry.broken.items():
        text += f"\nplugin '{name}' did not load: {type(error).__name__}: {error}"
    return text

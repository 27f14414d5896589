"""The one exception that a user is meant to read."""


class NetkitError(Exception):
    """Report a mistake in what netkit was given, in one line: the thing, the value, the remedy."""


def flag(name, value):
    """Return a setting as true or false, if it is one of them, or 1 or 0 as EBLearn writes them."""
    if value not in (True, False):
        raise NetkitError(f"{name}={value}: give true or false")
    return bool(value)

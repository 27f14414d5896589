"""The one exception that a user is meant to read."""


class NetkitError(Exception):
    """Report a mistake in what netkit was given, in one line: the thing, the value, the remedy."""

"""Communicators: what the processes of one run tell each other."""

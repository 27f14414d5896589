"""Runs that are there: what each was, listed, filtered, and compared."""

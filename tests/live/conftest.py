"""A real browser for the tests of the page of a run."""

from browsers import browser  # noqa: F401

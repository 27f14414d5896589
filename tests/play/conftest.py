"""A real browser for the tests of the pages."""

from browsers import browser  # noqa: F401

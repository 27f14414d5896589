"""A real browser for the tests of the pages."""

from browsers import axe, browser  # noqa: F401

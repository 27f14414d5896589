"""Words of strangers, names of classes and files say, as they may stand on a terminal or in CSV."""

import logging
import re
import sys
from pathlib import Path

# Control characters (C0, DEL, C1), separators of lines, halves of surrogate pairs, and what turns
# the direction of writing.
CONTROL = re.compile("[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
CONTROL_BUT_LINES = re.compile(f"(?!\n){CONTROL.pattern}")
FORMULA = "=", "+", "-", "@", "\t", "\r"  # what a spreadsheet takes for the beginning of a formula


def printable(text: object, lines: bool = False) -> str:
    r"""Return text with its control characters spelt out: ESC as \x1b.

    lines: leave the ends of lines as they are.
    """
    found = CONTROL_BUT_LINES if lines else CONTROL
    return found.sub(lambda match: ascii(match.group())[1:-1], str(text))


def csv_cell(value: object) -> object:
    """Return a value for a cell of CSV: text that a spreadsheet would run gets an apostrophe."""
    if not isinstance(value, str):
        return value
    quoted = f"'{value}" if value.startswith(FORMULA) else value
    return printable(quoted)


class LogFormatter(logging.Formatter):
    """A log's lines without the control characters of what they are about."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Return the line of a record; what was put into its message has no ends of lines."""
        if isinstance(record.args, tuple):
            told = (str, Path, Exception)
            args = tuple(printable(a) if isinstance(a, told) else a for a in record.args)
            record.message = str(record.msg) % args if args else str(record.msg)
        record.message = printable(record.message, lines=True)
        return super().formatMessage(record)


class LogFile(logging.FileHandler):
    """A log file: one that cannot be written costs a line, and no traceback."""

    failed = False

    def handleError(self, record: logging.LogRecord) -> None:
        """Say once that the log is not whole; what fails beside is said by whoever failed."""
        if not self.failed:
            self.failed = True
            reason = str(sys.exc_info()[1]).rpartition("] ")[2]
            print(printable(f"netkit: {self.baseFilename}: not whole: {reason}"), file=sys.stderr)

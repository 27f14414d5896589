"""A JSON file of any length, read piece by piece: COCO's have a gigabyte and more."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from netkit.errors import NetkitError
from netkit.files.documents import LARGEST, too_deep

CHUNK = 1 << 20  # letters read at a time
BLANK = " \t\r\n"
BEHIND = BLANK + ",]}:"  # what may follow a value
DECODE = json.JSONDecoder().raw_decode


def items(path: Path, keys: set[str]) -> Iterator[tuple[str, Any]]:
    """Yield what the object in a file has at its top: (key, value), of a list each of its values.

    keys: all keys are added to it, those of empty lists too.  At no time more than a piece of the
    file and one value are in memory. Raises NetkitError for a file that is no JSON, or no object.
    """
    try:
        with open(path, encoding="utf-8-sig") as file:
            yield from Text(file, path).items(keys)
    except RecursionError:
        raise NetkitError(f"{path}: {too_deep()}") from None
    except OSError as error:
        raise NetkitError(f"{path}: cannot be read ({error.strerror}): correct its path") from None
    except ValueError as error:  # no JSON, no UTF-8, or a number of thousands of digits
        raise NetkitError(f"{path}: is damaged ({error}): copy or write it anew") from None


class Text:
    """The text of a file from a place on, as much of it as was needed so far."""

    def __init__(self, file: IO[str], path: Path) -> None:
        self.file = file
        self.path = path
        self.text = ""
        self.at = 0
        self.passed = 0  # letters that were let go
        self.ended = False

    def items(self, keys: set[str]) -> Iterator[tuple[str, Any]]:
        """Yield the pairs of the object that the text is."""
        self.expect("{")
        more = self.next() != "}"
        while more:
            key = self.value()
            if not isinstance(key, str):
                raise ValueError(f"no key at letter {self.passed + self.at:,}")
            keys.add(key)
            self.expect(":")
            if self.next() == "[":
                for value in self.elements():
                    yield key, value
            else:
                yield key, self.value()
            more = self.next() == ","
            if more:
                self.at += 1
        self.expect("}")
        if self.next():
            raise ValueError(f"there is more behind its end, letter {self.passed + self.at:,}")

    def elements(self) -> Iterator[Any]:
        """Yield the values of the list that comes next."""
        self.expect("[")
        more = self.next() != "]"
        while more:
            yield self.value()
            more = self.next() == ","
            if more:
                self.at += 1
        self.expect("]")

    def next(self) -> str:
        """Go over blanks; return the letter that comes next, "" at the end."""
        while True:
            while self.at < len(self.text):
                if self.text[self.at] not in BLANK:
                    return self.text[self.at]
                self.at += 1
            if self.ended:
                return ""
            self.read_on()

    def expect(self, letter: str) -> None:
        """Go over a letter; raise ValueError if another one comes next."""
        found = self.next()
        if found != letter:
            place = f"letter {self.passed + self.at:,}"
            raise ValueError(
                f"{found!r} instead of {letter!r} at {place}" if found else "it ends early"
            )
        self.at += 1

    def value(self) -> Any:
        """Return the value that comes next, and go over it."""
        self.next()
        while True:
            try:
                value, end = DECODE(self.text, self.at)
                if self.ended or self.text[end : end + 1] in tuple(BEHIND):  # 2. may be 2.5
                    self.at = end
                    return value
            except json.JSONDecodeError as error:
                if self.ended:
                    place = f"letter {self.passed + error.pos:,}"
                    raise ValueError(f"{error.msg} at {place}") from None
            if len(self.text) - self.at > LARGEST:
                raise NetkitError(
                    f"{self.path}: damaged, or a value of over {LARGEST:,} letters at letter "
                    f"{self.passed + self.at:,}: copy or write it anew"
                )
            self.read_on()

    def read_on(self) -> None:
        """Let go of what is behind, and read a piece; the longer what is kept, the more."""
        self.passed += self.at
        self.text = self.text[self.at :]
        self.at = 0
        piece = self.file.read(max(CHUNK, len(self.text)))
        self.ended = not piece
        self.text += piece

"""Streams of names: lists and folders of which only the first names are kept in memory."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Generic, TypeVar

from netkit.errors import NetkitError

MANY = 10_000  # names that are put in order; of more, they come as the folder has them
STDIN = "-"
T = TypeVar("T")


@dataclass(frozen=True)
class Stream(Generic[T]):
    """Things one after the other: each can be had once, unless they are few.

    ordered: their order is the same at every time and on every machine.  total: how many there are;
    None if that is not known yet.
    """

    things: Iterable[T]
    ordered: bool = True
    total: int | None = None

    @classmethod
    def of(
        cls, things: Iterable[T], order: Callable[[T], Any] | None = None, *, ordered: bool = False
    ) -> "Stream[T]":
        """Return a Stream of things; a few are counted, and sorted by `order` if it is given.

        ordered: many of them have an order of their own, as the lines of a file have.
        """
        rest = iter(things)
        head = list(islice(rest, MANY + 1))
        if len(head) > MANY:
            return cls(chain(head, rest), ordered)
        return cls(sorted(head, key=order) if order else head, True, len(head))

    @classmethod
    def joined(cls, streams: "list[Stream[T]]") -> "Stream[T]":
        """Return several streams as one."""
        if len(streams) == 1:
            return streams[0]
        totals = [stream.total for stream in streams]
        total = None if None in totals else sum(n for n in totals if n is not None)
        things = [stream.things for stream in streams]
        few = total is not None
        whole = chain.from_iterable(things)
        return cls(list(whole) if few else whole, all(s.ordered for s in streams), total)

    def matching(self, pattern: str | None, name: Callable[[T], str]) -> "Stream[T]":
        """Return those whose name has a match of a regular expression; all without one."""
        if not pattern:
            return self
        try:
            found = re.compile(pattern).search
        except re.error as error:
            raise NetkitError(
                f"file_pattern={pattern}: is no regular expression ({error})"
            ) from None
        kept = (thing for thing in self.things if found(name(thing)))
        return Stream.of(kept, ordered=self.ordered)


def files_in(folder: Path, endings: tuple[str, ...], *, deep: bool = False) -> Iterator[Path]:
    """Yield the files of a folder that end so, as the file system has them.

    deep: those in its folders too.  Names that begin with a dot are left out of those.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if deep and entry.name.startswith("."):
                continue
            if entry.name.lower().endswith(endings):
                yield Path(entry.path)
            elif deep and entry.is_dir(follow_symlinks=False):
                yield from files_in(Path(entry.path), endings, deep=True)


def list_lines(listed: str) -> Iterator[str]:
    """Return the lines of a text file, or of standard input: # begins a comment.

    Raises NetkitError if it cannot be read.
    """
    if listed == STDIN:
        return lines_of(sys.stdin, listed)
    try:
        return lines_of(open(listed, encoding="utf-8"), listed)
    except OSError as error:
        raise NetkitError(f"input_list={listed}: cannot be read ({error})") from None


def lines_of(file: Any, listed: str) -> Iterator[str]:
    """Yield the lines of an open file that name something, and close it at its end."""
    try:
        for line in file:
            if (text := line.strip()) and not text.startswith("#"):
                yield text
    except (OSError, UnicodeDecodeError) as error:
        raise NetkitError(f"input_list={listed}: cannot be read ({error})") from None
    finally:
        if file is not sys.stdin:
            file.close()

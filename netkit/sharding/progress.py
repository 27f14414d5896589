"""Progress: how far a command is with its images, on the disk after each of them.

progress.jsonl stands beside the answers. Its first line has the settings; two lines of one length
follow, written in turns: how many bytes of each file belong to images that are done. A process that
is killed has written one of them whole, and what the files have beyond it is cut off by the next.
"""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from netkit.detection.writers import TextFile
from netkit.errors import NetkitError
from netkit.files import TOLD, cannot_write, write_beside

NAME = "progress.jsonl"
WIDTH = 512  # bytes of a line that says how far it is
PENDING = ".pending"  # the files of the image that is being worked on


class Progress:
    """How far a command is in its folder.

    settings: its configuration.  sizes: {name: bytes} of the files that grow, as far as they are of
    images that are done.  images: how many those are.  over: whether it came to the end.
    skipped: how many could not be read then.
    """

    def __init__(
        self,
        folder: Path,
        settings: dict[str, Any],
        sizes: Mapping[str, int] | None = None,
        *,
        images: int = 0,
        over: bool = False,
        skipped: int = 0,
        turn: int = 0,
    ) -> None:
        self.folder = folder
        self.settings = settings
        self.sizes = dict(sizes or {})
        self.images = images
        self.over = over
        self.skipped = skipped
        self.turn = turn
        self.head = len(head_of(settings))
        self.texts: list[TextFile] = []
        self.file: Any = None

    @classmethod
    def read(cls, folder: Path) -> "Progress | None":
        """Return what a folder says of a command that was at work there; None of nothing."""
        path = folder / NAME
        try:
            head, *lines = path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise NetkitError(f"{path}: cannot be read ({error.strerror})") from None
        slots = [slot for line in lines if (slot := checked(line))]
        try:
            settings = json.loads(head)["settings"]
            last = max(slots, key=lambda slot: slot["turn"])
            return cls(folder, settings, **last)
        except (ValueError, KeyError, TypeError):
            raise NetkitError(
                f"{path}: is damaged, so that it does not say what is done: begin anew in another "
                "folder"
            ) from None

    def begin(self) -> None:
        """Write down what there is to do, or undo what the image before the kill has left."""
        if not self.turn:
            write_beside(self.folder / NAME, head_of(self.settings) + self.line(0) + self.line(0))
        path = self.folder / PENDING
        self.undo(path)
        try:
            self.file = open(self.folder / NAME, "r+b", buffering=0)  # noqa: SIM115
            self.pending = open(path, "wb", buffering=0)  # noqa: SIM115
        except OSError as error:
            raise cannot_write(path, error) from None

    def undo(self, path: Path) -> None:
        """Remove the files about images that were not done whole, as `path` lists them."""
        with suppress(FileNotFoundError, ValueError):  # the last line may be torn: its file is not
            for line in path.read_text(encoding="utf-8").splitlines():
                turn, name = json.loads(line)
                file = self.folder / name
                for left in (file, file.with_name(f".{file.name}.part")):
                    if turn == self.turn:
                        left.unlink(missing_ok=True)

    def watch(self, texts: Iterable[TextFile]) -> None:
        """Take files whose sizes say how far it is."""
        self.texts += texts

    @contextmanager
    def step(self, images: int = 1) -> Iterator[None]:
        """Return a context in which files are written about some images: all of them or none."""
        noted = 0

        def tell(path: Path) -> None:
            nonlocal noted
            line = json.dumps([self.turn, os.path.relpath(path, self.folder)]) + "\n"
            noted += self.pending.write(line.encode())

        token = TOLD.set(tell)
        try:
            yield
        finally:
            TOLD.reset(token)
        self.images += images
        self.commit()
        if noted:
            self.pending.truncate(0)
            self.pending.seek(0)

    def end(self, skipped: int) -> None:
        """Write down that it came to its end."""
        self.over = True
        self.skipped = skipped
        self.commit()

    def commit(self) -> None:
        """Write down how far it is."""
        self.turn += 1
        self.sizes = {text.path.name: text.size for text in self.texts}
        try:
            self.file.seek(self.head + WIDTH * (self.turn % 2))
            self.file.write(self.line(self.turn))
        except OSError as error:
            raise cannot_write(self.folder / NAME, error) from None

    def line(self, turn: int) -> bytes:
        """Return how far it is as a line of WIDTH bytes."""
        now: dict[str, Any] = {"turn": turn, "images": self.images, "sizes": self.sizes}
        text = json.dumps(now | {"over": self.over, "skipped": self.skipped})
        return f"{text} {crc32(text.encode()):08x}".ljust(WIDTH - 1).encode() + b"\n"

    def close(self) -> None:
        """Let go of the files."""
        if self.file:
            self.file.close()
            nothing = not self.pending.tell()
            self.pending.close()
            if nothing:  # an image that was interrupted has left files
                (self.folder / PENDING).unlink(missing_ok=True)


def head_of(settings: dict[str, Any]) -> bytes:
    """Return the first line of the file."""
    return json.dumps({"settings": settings}).encode() + b"\n"


def checked(line: bytes) -> dict[str, Any] | None:
    """Return what a line says of how far it is; None unless it is whole."""
    text, _, check = line.strip().rpartition(b" ")
    if not text or check != f"{crc32(text):08x}".encode():
        return None
    value = json.loads(text)
    return value if isinstance(value, dict) else None


def rows_of(path: Path, size: int | None = None) -> Iterator[dict[str, Any]]:
    """Yield the rows of a file of JSON lines, those in its first `size` bytes, all without one."""
    if size == 0:
        return
    at = 0
    try:
        with open(path, "rb") as file:
            for line in file:
                at += len(line)
                if size is not None and at > size:
                    return
                yield json.loads(line)
    except (OSError, ValueError) as error:
        raise NetkitError(f"{path}: cannot be read ({error}): begin anew") from None

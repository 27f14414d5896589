"""Downloads: whole data sets into the user's cache (netkit data NAME), resumable and checked."""

import gzip
import hashlib
import os
import shutil
import sys
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import platformdirs

from netkit.errors import NetkitError
from netkit.plugins.datasets.mirrors import SETS


def folder_of(name: str) -> Path:
    """Return where a data set is kept: in NETKIT_CACHE if that is set, else in the user's cache."""
    return Path(os.environ.get("NETKIT_CACHE") or platformdirs.user_cache_dir("netkit")) / name


def cached(name: str) -> Path | None:
    """Return the folder of a data set that was downloaded whole; None if it is not there."""
    folder = folder_of(name)
    whole = name in SETS and all((folder / file).is_file() for file in SETS[name].sums)
    return folder if whole else None


def download(name: str, mirrors: Sequence[str] = (), sums: Mapping[str, str] | None = None) -> Path:
    """Bring the files of a data set that are not there yet; return their folder.

    mirrors, sums: if not given, those of SETS; each file comes from the first mirror that has it. A
    file stands under its name only when it is whole and its sum is right; a part of one is gone
    on with.
    """
    mirrors, sums = mirrors or SETS[name].mirrors, sums or SETS[name].sums
    folder = folder_of(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NetkitError(
            f"{folder}: cannot be made ({error.strerror}): set NETKIT_CACHE to another folder"
        ) from None
    for file, checksum in sums.items():
        if not (folder / file).is_file():
            fetch(folder, file, checksum, mirrors=mirrors)
    return folder


def fetch(folder: Path, file: str, checksum: str, *, mirrors: Sequence[str]) -> None:
    """Bring one file from the first of the mirrors that gives it whole."""
    reasons = []
    for mirror in mirrors:
        address = mirror + file if mirror.endswith("/") else mirror
        part = folder / f"{file}.part"
        while True:
            before = size_of(part)
            error = fetched(address, folder, file, checksum)
            if error is None:
                return
            if size_of(part) <= before:  # where it brought something, the same one goes on
                break
        reasons.append(f"{address}: {' '.join(str(error).split())[:200]}")
    raise NetkitError(
        f"{file} could not be downloaded: {'; '.join(reasons)}: try again later, or use root=DIR"
    )


def fetched(address: str, folder: Path, file: str, checksum: str) -> Exception | None:
    """Bring one file from an address, and check it; return what went wrong."""
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")  # it would recommend a sum of the compressed file
    new = folder / f".{file}.new"
    try:
        resuming = Resuming(folder / f"{file}.part")
        # Without a sum of pooch's: ours may be of the content, as mirrors compress differently.
        pooch.retrieve(address, None, new.name, folder, downloader=resuming)
        check(new, checksum)
        os.replace(new, folder / file)
    except (requests.RequestException, OSError, ValueError) as error:
        new.unlink(missing_ok=True)
        return error
    return None


def size_of(path: Path) -> int:
    """Return the bytes of a file; 0 if it is not there."""
    return path.stat().st_size if path.exists() else 0


def check(path: Path, checksum: str) -> None:
    """Raise ValueError if a file does not have its sum.

    checksum: SHA-256 of its uncompressed content, or "sha256:" or "md5:" and that of the file
    itself.
    """
    kind, _, expected = checksum.rpartition(":")
    digest = hashlib.new(kind or "sha256")
    try:
        with (open if kind else gzip.open)(path, "rb") as file:
            while data := file.read(1 << 20):
                digest.update(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(f"its compression is damaged ({error})") from None
    if digest.hexdigest() != expected:
        raise ValueError(f"its {digest.name} is {digest.hexdigest()}, not {expected}")


class Resuming:
    """A pooch downloader that keeps what it has in `part` and asks the server for the rest only."""

    def __init__(self, part: Path) -> None:
        self.part = part

    def __call__(self, url: str, output_file: Any, pooch: Any) -> None:
        import requests

        have = size_of(self.part)
        headers = {"Range": f"bytes={have}-"} if have else {}
        with requests.get(url, headers=headers, stream=True, timeout=30) as answer:
            if answer.status_code == 416:  # the part is no part of this file
                self.part.unlink()
                return self(url, output_file, pooch)
            answer.raise_for_status()
            have = have if answer.status_code == 206 else 0
            begins = answer.headers.get("Content-Range", f"bytes {have}-")
            if have and not begins.startswith(f"bytes {have}-"):
                self.part.unlink()
                raise OSError(f"it answers with {begins} where {have}- was asked")
            self.receive(answer, have)
        shutil.move(self.part, output_file)

    def receive(self, answer: Any, have: int) -> None:
        """Write an answer's content behind the first `have` bytes of the part, with a bar."""
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TransferSpeedColumn,
        )

        rest = int(answer.headers.get("Content-Length", 0))
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
        )
        with (
            Progress(*columns, disable=not sys.stdout.isatty()) as progress,
            open(self.part, "ab" if have else "wb") as file,
        ):
            task = progress.add_task(
                self.part.name.removesuffix(".part"), total=have + rest or None, completed=have
            )
            for data in answer.iter_content(1 << 14):
                file.write(data)
                progress.update(task, advance=len(data))
        if rest and size_of(self.part) < have + rest:
            raise OSError(f"the connection ended after {size_of(self.part):,} bytes")

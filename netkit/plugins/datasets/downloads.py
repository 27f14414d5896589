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
    import pooch
    import requests

    pooch.get_logger().setLevel("WARNING")  # it would recommend a sum of the compressed file
    reasons = []
    for mirror in mirrors:
        address = mirror + file if mirror.endswith("/") else mirror
        try:
            pooch.retrieve(
                address,
                None,
                f".{file}.new",
                folder,
                downloader=Resuming(folder / f"{file}.part"),
            )  # our sums are of the content: mirrors compress it differently
            check(folder / f".{file}.new", checksum)
            os.replace(folder / f".{file}.new", folder / file)
            return
        except (requests.RequestException, OSError, ValueError) as error:
            (folder / f".{file}.new").unlink(missing_ok=True)
            reasons.append(f"{address}: {' '.join(str(error).split())[:200]}")
    raise NetkitError(
        f"{file} could not be downloaded: {'; '.join(reasons)}: try again later, or use root=DIR"
    )


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

        have = self.part.stat().st_size if self.part.exists() else 0
        headers = {"Range": f"bytes={have}-"} if have else {}
        with requests.get(url, headers=headers, stream=True, timeout=30) as answer:
            if answer.status_code == 416:  # the part is no part of this file
                self.part.unlink()
                return self(url, output_file, pooch)
            answer.raise_for_status()
            have = have if answer.status_code == 206 else 0
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
            for data in answer.iter_content(1 << 16):
                file.write(data)
                progress.update(task, advance=len(data))
        if rest and self.part.stat().st_size < have + rest:
            raise OSError(f"the connection ended after {self.part.stat().st_size:,} bytes")

"""Items: the images to answer, named by files, folders, globs, lists or standard input."""

import logging
import re
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Literal, NamedTuple

from netkit.errors import NetkitError
from netkit.files.decoding import open_picture
from netkit.files.folders import VAL
from netkit.files.images import ENDINGS, find_images
from netkit.files.sources import STDIN, VIDEOS, read_list

log = logging.getLogger("netkit")
UNKNOWN = -1  # the class of an image of which nobody says it
Part = Literal["val", "train"]


class Item(NamedTuple):
    """An image to answer: its name, its file or its bytes, and the number of its class, if known.

    truth: UNKNOWN where it is not.
    """

    name: str
    path: Path | None
    truth: int = UNKNOWN
    data: bytes = b""


def find_items(
    input: str | Sequence[str] | None,
    input_list: str | None,
    pattern: str | None,
    *,
    classes: Sequence[str],
    part: Part = "val",
) -> list[Item]:
    """Return the images that `input` and `input_list` name, in the order to answer them.

    input: a file, a folder, a glob, a text file of paths, a list of those, or -, standard input,
    on which comes an image or a path a line.  input_list: a text file with a path a line, or -.
    pattern: a regular expression that a file's name must contain.  classes: the names that make
    folders in a folder the truth about their images.  part: of a folder with train/ and val/.
    Raises NetkitError where nothing is found.
    """
    if input_list:
        items = [item_of(path) for path in read_list(input_list)]
    elif not input:
        raise NetkitError(
            "input=null: name what to answer: input=photo.png, a folder, a glob, a list of "
            "paths in names.txt, or - for standard input"
        )
    else:
        sources = [input] if isinstance(input, str) else input
        items = [item for source in sources for item in items_of(str(source), classes, part)]
    try:
        kept = [item for item in items if not pattern or re.search(pattern, Path(item.name).name)]
    except re.error as error:
        raise NetkitError(f"file_pattern={pattern}: is no regular expression ({error})") from None
    if not kept:
        raise NetkitError(f"{said_of(input, input_list, pattern)}: nothing is left to answer")
    return kept


def said_of(input: str | Sequence[str] | None, input_list: str | None, pattern: str | None) -> str:
    """Return what was asked for as NAME=VALUE, without what was not given."""
    source = f"input_list={input_list}" if input_list else f"input={input}"
    return f"{source} file_pattern={pattern}" if pattern else source


def items_of(source: str, classes: Sequence[str], part: Part) -> list[Item]:
    """Return the images that one word names."""
    path = Path(source)
    if source == STDIN:
        return stdin_items(sys.stdin.buffer.read())
    if path.is_dir():
        return list(folder_items(path, classes, part))
    if path.suffix.lower() == ".txt" and path.is_file():
        return [item_of(listed) for listed in read_list(source)]
    if path.suffix.lower() in VIDEOS:
        raise NetkitError(f"input={source}: a video: netkit detect looks at those")
    return [item_of(found) for found in find_images(source)]


def item_of(path: Path) -> Item:
    """Return a file whose class nobody says."""
    return Item(str(path), path)


def stdin_items(data: bytes) -> list[Item]:
    """Return the image that came on standard input, or those whose paths did, one a line."""
    try:
        open_picture(BytesIO(data)).close()
        return [Item("stdin", None, data=data)]
    except Exception as error:  # Pillow raises many classes over what is no picture
        reason = str(error).split("\n")[0]
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text or not text.strip():
        raise NetkitError(
            f"input=-: the {len(data)} bytes on standard input are neither an image ({reason}) "
            "nor paths: send one image, or a path a line"
        )
    return [item_of(Path(line.strip())) for line in text.splitlines() if line.strip()]


def folder_items(root: Path, classes: Sequence[str], part: Part) -> Iterator[Item]:
    """Yield the images in a folder, and those in its folders; a class's name is the truth.

    Of a folder that is divided into train/ and val/, one part.
    """
    folder = divided(root, classes, part)
    numbers = {name: number for number, name in enumerate(classes)}
    yield from (item_of(path) for path in images_in(folder.iterdir()))
    strange = []
    for inner in folders_in(folder):
        paths = images_in(inner.rglob("*"))
        if paths and inner.name not in numbers:
            strange.append(inner.name)
        truth = numbers.get(inner.name, UNKNOWN)
        yield from (Item(str(path), path, truth) for path in paths)
    if strange:
        log.warning(
            "%s: %s: no class of this net (%s): answered and not measured",
            folder,
            some(strange),
            some(classes),
        )


def divided(root: Path, classes: Sequence[str], part: Part) -> Path:
    """Return the part of a folder that is divided into train/ and val/; the folder of another."""
    names = {folder.name for folder in folders_in(root)}
    test = next((name for name in VAL if name in names), None)
    if "train" not in names or test is None or {"train", test} <= set(classes):
        return root
    return root / ("train" if part == "train" else test)


def folders_in(root: Path) -> list[Path]:
    """Return the folders in a folder, sorted, without hidden ones."""
    return sorted(p for p in root.iterdir() if p.is_dir() and not p.name.startswith("."))


def images_in(paths: Iterator[Path]) -> list[Path]:
    """Return those of some paths that are files of images, sorted."""
    return sorted(p for p in paths if p.suffix.lower() in ENDINGS and p.is_file())


def some(names: Sequence[str], most: int = 10) -> str:
    """Return names as text, the first few of many."""
    more = f", ... {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

"""Items: the images to answer, named by files, folders, globs, lists or standard input."""

import logging
import sys
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Literal, NamedTuple

from netkit.errors import NetkitError
from netkit.files.decoding import open_picture
from netkit.files.folders import VAL
from netkit.files.images import ENDINGS, stream_images
from netkit.files.sources import VIDEOS
from netkit.files.streams import STDIN, Stream, files_in, list_lines
from netkit.files.tars import TARS, is_tar, members
from netkit.sharding.portion import Portion

log = logging.getLogger("netkit")
UNKNOWN = -1  # the class of an image of which nobody says it
STDIN_NAME = "stdin"  # of the image that comes on it
Part = Literal["val", "train"]


class Item(NamedTuple):
    """An image to answer: its name, its file or its bytes, and the number of its class, if known.

    truth: UNKNOWN where it is not.  at: its place among the images of all shards; None without
    shards.  error: why it cannot be read, if that is known.
    """

    name: str
    path: Path | None
    truth: int = UNKNOWN
    data: bytes = b""
    at: int | None = None
    error: NetkitError | None = None


def find_items(
    input: str | Sequence[str] | None,
    input_list: str | None,
    pattern: str | None,
    *,
    classes: Sequence[str],
    part: Part = "val",
) -> list[Item]:
    """Return the images that `stream_items` finds, as a list."""
    return list(stream_items(input, input_list, pattern, classes=classes, part=part).things)


def stream_items(
    input: str | Sequence[str] | None,
    input_list: str | None,
    pattern: str | None,
    *,
    classes: Sequence[str],
    part: Part = "val",
    portion: Portion | None = None,
) -> Stream[Item]:
    """Return the images that `input` and `input_list` name, in the order to answer them.

    input: a file, a folder, a glob, a text file of paths, a tar file, a list of those, or -,
    standard input, on which comes an image or a path a line.  input_list: a text file with a path a
    line, or -.  pattern: a regular expression that a file's name must contain.  classes: the names
    that make folders in a folder the truth about their images.  part: of a folder with train/ and
    val/.  portion: which of them are left to answer; None: all.  Raises NetkitError where nothing
    is found. Of very many only a few are in memory.
    """
    if input_list:
        found = listed_items(input_list)
    elif not input:
        raise NetkitError(
            "input=null: name what to answer: input=photo.png, a folder, a glob, a list of "
            "paths in names.txt, or - for standard input"
        )
    else:
        sources = [input] if isinstance(input, str) else input
        found = Stream.joined([items_of(str(source), classes, part) for source in sources])
    found = found.matching(pattern, lambda item: Path(item.name).name)
    if found.total == 0:
        raise NetkitError(f"{said_of(input, input_list, pattern)}: nothing is left to answer")
    portion, things = portion or Portion(), found.things
    portion.ordered = found.ordered
    if isinstance(things, list):
        tars = [is_tar(item.name) for item in things]
        if all(tars):
            things, portion.shard = portion.shard.tars(things)
        if not any(tars):
            return Stream.of(opened(things, classes, portion), ordered=True)
    return Stream(opened(things, classes, portion), found.ordered)


def opened(items: Iterable[Item], classes: Sequence[str], portion: Portion) -> Iterator[Item]:
    """Yield the items that are left to answer, those in tar files one by one."""
    for item in items:
        if item.path is not None and is_tar(item.path):
            yield from tar_items(item.path, classes, portion)
        elif portion(item.name):
            yield item._replace(at=portion.at)


def tar_items(path: Path, classes: Sequence[str], portion: Portion) -> Iterator[Item]:
    """Yield the pictures in a tar file; what its .cls files say is the truth."""
    numbers = {name: k for k, name in enumerate(classes)}
    numbers |= {str(k): k for k in range(len(classes)) if str(k) not in numbers}
    try:
        for member in members(path, portion):
            truth = numbers.get(member.truth, UNKNOWN)
            yield Item(member.name, None, truth, member.data, member.at)
    except NetkitError as error:
        yield Item(str(path), path, error=error)


def said_of(input: str | Sequence[str] | None, input_list: str | None, pattern: str | None) -> str:
    """Return what was asked for as NAME=VALUE, without what was not given."""
    source = f"input_list={input_list}" if input_list else f"input={input}"
    return f"{source} file_pattern={pattern}" if pattern else source


def items_of(source: str, classes: Sequence[str], part: Part) -> Stream[Item]:
    """Return the images that one word names; a tar file as one of them."""
    path = Path(source)
    if source == STDIN:
        return Stream.of(stdin_items(sys.stdin.buffer.read()))
    if path.is_dir():
        return folder_items(path, classes, part)
    if path.suffix.lower() == ".txt" and path.is_file():
        return listed_items(source)
    if path.suffix.lower() in VIDEOS:
        raise NetkitError(f"input={source}: a video: netkit detect looks at those")
    found = stream_images(source)
    items = map(item_of, found.things)
    return Stream(items if found.total is None else list(items), found.ordered, found.total)


def listed_items(listed: str) -> Stream[Item]:
    """Return the files that a text file or standard input lists."""
    return Stream.of((item_of(Path(line)) for line in list_lines(listed)), ordered=True)


def item_of(path: Path) -> Item:
    """Return a file whose class nobody says."""
    return Item(str(path), path)


def stdin_items(data: bytes) -> list[Item]:
    """Return the image that came on standard input, or those whose paths did, one a line."""
    try:
        open_picture(BytesIO(data)).close()
        return [Item(STDIN_NAME, None, data=data)]
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


def folder_items(root: Path, classes: Sequence[str], part: Part) -> Stream[Item]:
    """Return the images in a folder, and those in its folders; a class's name is the truth.

    Of a folder that is divided into train/ and val/, one part.
    """
    folder = divided(root, classes, part)
    numbers = {name: number for number, name in enumerate(classes)}
    streams = [images_in(folder, deep=False)]
    strange = []
    for inner in folders_in(folder):
        found = images_in(inner, deep=True, truth=numbers.get(inner.name, UNKNOWN))
        if found.total != 0 and inner.name not in numbers:
            strange.append(inner.name)
        streams.append(found)
    if strange:
        log.warning(
            "%s: %s: no class of this net (%s): answered and not measured",
            folder,
            some(strange),
            some(classes),
        )
    return Stream.joined(streams)


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


def images_in(folder: Path, *, deep: bool, truth: int = UNKNOWN) -> Stream[Item]:
    """Return the files of images in a folder, sorted if they are not too many.

    deep: those in its folders too.
    """
    endings = ENDINGS if deep else (*ENDINGS, *TARS)
    paths = (path for path in files_in(folder, endings, deep=deep) if path.is_file())
    return Stream.of((Item(str(p), p, truth) for p in paths), lambda item: item.path)


def some(names: Sequence[str], most: int = 10) -> str:
    """Return names as text, the first few of many."""
    more = f", ... {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more

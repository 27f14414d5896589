"""Inputs: the files that netkit detect looks at, as its words name them."""

import random
from pathlib import Path

from netkit.errors import NetkitError
from netkit.files.images import stream_images
from netkit.files.sources import VIDEOS
from netkit.files.streams import STDIN, Stream, list_lines
from netkit.files.tars import TARS


def find_inputs(
    source: str | None,
    listed: str | None = None,
    pattern: str | None = None,
    *,
    mix: bool = False,
    passes: int = 1,
    seed: int = 0,
) -> Stream[Path]:
    """Return the paths that `input` and `input_list` name, in the order to look at them.

    listed: a text file with one path a line, or - for standard input.  pattern: a regular
    expression that a file's name must contain.  mix: in random order.  passes: each so many times.
    Of a list or a folder of very many names only a few are in memory; for `mix` and `passes` all.
    """
    if listed:
        found = Stream.of(map(Path, list_lines(listed)), ordered=True)
    elif source == STDIN:
        found = Stream.of([Path(STDIN)])
    else:
        found = stream_images(source or "", (*VIDEOS, *TARS))
    found = found.matching(pattern, lambda path: path.name)
    if found.total == 0:
        raise NetkitError(
            f"input={source} input_list={listed} file_pattern={pattern}: nothing is left to look at"
        )
    if not mix and passes == 1:
        return found
    paths = list(found.things)
    if mix:
        random.Random(seed).shuffle(paths)
    return Stream.of(paths * passes, ordered=found.ordered)

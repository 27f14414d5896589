"""Merging: the answers of all shards in one order, as one process would have written them."""

import heapq
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from netkit.errors import NetkitError
from netkit.runs.differences import first_difference
from netkit.sharding.progress import NAME, Progress, rows_of
from netkit.sharding.shard import Shard, shard_of

LINES = {"detect": "detections.jsonl", "classify": "answers.jsonl"}


def whole(folders: Sequence[Path]) -> list[Progress]:
    """Return what the folders of all shards say, the first shard first.

    Raises NetkitError unless each share is there once, came to its end, and was made with the same
    settings.
    """
    found: dict[int, Progress] = {}
    for folder in folders:
        there = Progress.read(folder)
        if there is None:
            raise NetkitError(
                f"{folder}: no {NAME} there: name the folders of netkit detect or "
                "netkit classify with shard=K/N"
            )
        shard = shard_of(there.settings.get("shard"))
        if not there.over:
            kind = there.settings["kind"]
            raise NetkitError(
                f"{folder}: shard {shard} is not finished: netkit {kind} resume={folder}"
            )
        if shard.k in found:
            raise NetkitError(
                f"{folder}: shard {shard} again, as {found[shard.k].folder}: name each share once"
            )
        found[shard.k] = there
    shards = [found[k] for k in sorted(found)]
    check_alike(shards)
    n = shard_of(shards[0].settings.get("shard")).n
    if missing := [str(Shard(k, n)) for k in range(1, n + 1) if k not in found]:
        raise NetkitError(f"shard {', '.join(missing[:5])}: not among the {len(shards)} folders")
    return shards


def check_alike(shards: Sequence[Progress]) -> None:
    """Raise NetkitError unless shards were made with the same settings but for their number."""
    first = shards[0]
    for other in shards[1:]:
        if found := first_difference(comparable(first), comparable(other)):
            name, ours, theirs = found
            raise NetkitError(
                f"{other.folder}: {name}={theirs}, and {ours} in "
                f"{first.folder}: shards of one work have the same settings"
            )


def comparable(progress: Progress) -> dict[str, Any]:
    """Return the settings that shards of one work have in common."""
    settings = {name: v for name, v in progress.settings.items() if name != "hydra"}
    return settings | {"shard": shard_of(settings.get("shard")).n}


def merged_rows(shards: Sequence[Progress]) -> Iterator[dict[str, Any]]:
    """Yield the rows of all shards in the order of the images, without their places."""
    streams = [shard_rows(shard) for shard in shards]
    for row in heapq.merge(*streams, key=lambda row: row.get("at", 0)):
        row.pop("at", None)
        yield row


def shard_rows(shard: Progress) -> Iterator[dict[str, Any]]:
    """Yield the rows of one shard."""
    name = LINES[shard.settings["kind"]]
    return rows_of(shard.folder / name, shard.sizes.get(name, 0))

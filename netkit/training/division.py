"""Division: which images of a batch a rank computes."""

from typing import NamedTuple

from netkit.passes import Piece, Shards


class Share(NamedTuple):
    """A rank's share of a batch.

    images: a slice of the batch.  piece: what these are of it.  state: what the rank's learned
    statistics count in those of the batch, in 0..1.  part: where several ranks have images of one
    part, (its number, how many parts there are): those ranks sum what layers take over it.
    """

    images: slice
    piece: Piece
    state: float
    part: tuple[int, int] | None = None


def share_of(shards: Shards, n: int, rank: int, size: int, *, whole: bool = False) -> Share | None:
    """Return a rank's share of a batch of n images; None if rank 0 does the whole batch.

    One process trains on a batch in parts (Shards.parts), over each of which layers with running
    statistics average. Ranks take whole parts, so that the numbers are those of one process; where
    there are too few, or they do not go round, images are divided evenly, unless such layers are in
    the net: then several ranks share a part, and sum its statistics.  whole: divide no part where
    there is one for each rank, as for an energy that depends on the other images of its part.
    """
    parts, learned = shards.parts(n), bool(shards.net.learned_states)
    count = len(parts)
    if n < size:
        return None
    uneven = count % size or count < size * len(shards.workers)
    if not learned and uneven and not (whole and count >= size):
        images = nth(n, rank, size)
        own = shards.parts(images.stop - images.start)
        return Share(images, Piece(n, images.start, own, rank * count), 0.0)
    if count >= size:
        mine = nth(count, rank, size)
        images = slice(parts[mine.start].start, parts[mine.stop - 1].stop)
        own = [slice(p.start - images.start, p.stop - images.start) for p in parts[mine]]
        return Share(images, Piece(n, images.start, own, mine.start), len(own) / count)
    ranks = [nth(size, k, count) for k in range(count)]  # of each part
    if any(part.stop - part.start < r.stop - r.start for part, r in zip(parts, ranks, strict=True)):
        return None
    number = next(k for k, those in enumerate(ranks) if those.start <= rank < those.stop)
    part, those = parts[number], ranks[number]
    together = those.stop - those.start
    inside = nth(part.stop - part.start, rank - those.start, together)
    images = slice(part.start + inside.start, part.start + inside.stop)
    piece = Piece(n, images.start, [slice(0, inside.stop - inside.start)], number)
    return Share(images, piece, 1 / (count * together), (number, count))


def nth(n: int, k: int, size: int) -> slice:
    """Return which of n things are the k-th's of `size`: as many as another's, or one more."""
    return slice(n * k // size, n * (k + 1) // size)

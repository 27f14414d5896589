"""Portion: which images of a stream are left to one process: its share, without those done."""

from array import array
from collections.abc import Iterable
from hashlib import blake2b

import numpy as np

from netkit.sharding.shard import Shard

ALL = Shard()


class Done:
    """Names that are done, each as often as it was: 12 bytes a name, whatever its length.

    A name is known by 64 bits of BLAKE2b: of ten million, two are taken for one with a probability
    of 3 in a million.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        hashes = np.frombuffer(array("Q", map(hashed, names)), np.uint64)
        self.hashes, counts = np.unique(hashes, return_counts=True)
        self.left = counts.astype(np.int32)

    def take(self, name: str) -> bool:
        """Return whether a name is there, and count it once less."""
        if not len(self.hashes):
            return False
        value = np.uint64(hashed(name))
        at = int(np.searchsorted(self.hashes, value))
        if at == len(self.hashes) or self.hashes[at] != value or not self.left[at]:
            return False
        self.left[at] -= 1
        return True


def hashed(name: str) -> int:
    """Return 64 bits of a name."""
    data = name.encode(errors="surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little")


class Portion:
    """Say of each image of a stream, in order, whether it is left to do here.

    ordered: see Stream.  at: the place of the last image that was asked for, from 0; None where
    there is one share alone, so that nothing has to be put in order again.
    """

    def __init__(self, shard: Shard = ALL, done: Done | None = None, ordered: bool = True) -> None:
        self.shard = shard
        self.done = done or Done()
        self.ordered = ordered
        self.seen = 0  # images that were asked for

    @property
    def at(self) -> int | None:
        """The place of the last image that was asked for; None without shards."""
        return self.seen - 1 if self.shard.n > 1 else None

    def __call__(self, name: str) -> bool:
        """Return whether the next image, of this name, is left to do."""
        self.seen += 1
        here = self.shard.has(self.seen - 1, name, self.ordered)
        return here and not self.done.take(name)

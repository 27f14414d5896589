"""Batches: images read and fitted by several threads, while the net answers those before."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice
from typing import NamedTuple

import numpy as np

from netkit.classification.fitting import Fitting
from netkit.classification.items import STDIN_NAME, Item
from netkit.dataset import Samples
from netkit.errors import NetkitError
from netkit.files.images import from_array, read_image
from netkit.files.sources import picture_in
from netkit.types import Array


class Batch(NamedTuple):
    """Some images for a net, in order, and the errors of those that cannot be read.

    images: (N, C, H, W).  truth: (N,), the numbers of their classes, or UNKNOWN.  places: their
    places among the images of all shards; empty without shards.
    """

    names: list[str]
    images: Array
    truth: Array
    errors: list[NetkitError]
    places: Sequence[int | None] = ()


def read_batches(
    items: Iterable[Item], fitting: Fitting, *, size: int, threads: int | None = None
) -> Iterator[Batch]:
    """Yield Batches of so many items, several in flight; None threads: one a core.

    A few large images are shared out over the threads as well.
    """
    threads = threads or os.cpu_count() or 1
    rest = iter(items)
    head = list(islice(rest, 2 * threads * size))
    size = max(1, min(size, len(head) // (2 * threads)))
    items = chain(head, rest)
    del head  # a few of millions
    flying: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            while some := list(islice(items, size)):
                flying.append(pool.submit(read_batch, some, fitting))
                if len(flying) > 2 * threads:
                    yield flying.popleft().result()
            while flying:
                yield flying.popleft().result()
        finally:  # nobody waits for the rest where the reader has seen enough
            for future in flying:
                future.cancel()


def read_batch(items: Sequence[Item], fitting: Fitting) -> Batch:
    """Return the Batch of some items."""
    names, images, truth, errors, places = [], [], [], [], []
    for item in items:
        try:
            images.append(read_item(item, fitting))
        except NetkitError as error:
            named = item.path is None or str(item.path) in str(error)
            errors.append(error if named else NetkitError(f"{item.name}: {error}"))
        else:
            names.append(item.name)
            truth.append(item.truth)
            places.append(item.at)
    empty = np.zeros((0, *fitting.shape), np.uint8)
    stacked = np.stack(images) if images else empty
    shared = places if None not in places else ()
    return Batch(names, stacked, np.array(truth, np.int64), errors, shared)


def read_item(item: Item, fitting: Fitting) -> Array:
    """Return the image of an item, fitted; raise NetkitError if it cannot be read."""
    channels = fitting.shape[0]
    if item.error:
        raise item.error
    if item.path is not None:
        return fitting(read_image(item.path, channels))
    try:
        return fitting(picture_in(item.data, channels))
    except NetkitError as error:
        if item.name != STDIN_NAME:
            raise
        raise NetkitError(
            f"input=-: the image on standard input is damaged ({error}): send it anew"
        ) from error


def sample_batches(
    samples: Samples, fitting: Fitting, names: Sequence[str], *, size: int, truth: Array
) -> Iterator[Batch]:
    """Yield Batches of so many samples.

    names: what each is called.  truth: (N,), their classes as the net numbers them. Images of
    another shape than the net takes are fitted.
    """
    for at in range(0, len(samples), size):
        images = np.asarray(samples.images[at : at + size])
        if images.shape[1:] != fitting.shape:
            images = np.stack([fitting(from_array(i, fitting.shape[0])) for i in images])
        some = list(names[at : at + size])
        yield Batch(some, images, truth[at : at + size], [])

"""What netkit explain shows of a net itself: what its maps like, and samples in the plane."""

from typing import Any, Literal, TypeAlias

import numpy as np

from netkit.build.explainer import Explainer, pixel_range
from netkit.checks import Count, taken
from netkit.classification.fitting import Fitting
from netkit.dataset import Dataset
from netkit.errors import NetkitError
from netkit.explaining.cams import last_maps
from netkit.explaining.maximising import maximised
from netkit.explaining.plane import pca, tsne
from netkit.explaining.tracer import Tracer
from netkit.pictures.gallery_page import Section
from netkit.pictures.liked import draw_liked, draw_plane
from netkit.pictures.style import png
from netkit.types import Array

Plane: TypeAlias = Literal["pca", "tsne"]
MOST = 40  # maps of a layer that are climbed for, where nobody says which


def liked_section(tracer: Tracer, fitting: Fitting, cfg: dict[str, Any]) -> Section:
    """Return the images that maps of a layer like most."""
    layer = cfg["layer"] or last_maps(tracer.net)
    tracer.check_layer(layer)
    blank = np.zeros((1, *tracer.net.shape), tracer.net.dtype)
    count = tracer.activations(blank, layer).shape[1]
    maps = chosen(cfg["map"], count, layer)
    low, high = pixel_range(tracer.net, fitting)
    steps = taken("climb", cfg["climb"], Count)
    images, reached = maximised(
        tracer, layer, maps, low=low, high=high, steps=steps, seed=cfg["seed"]
    )
    names = [f"map {k}: {mean:.2f}" for k, mean in zip(maps.tolist(), reached, strict=True)]
    note = f"{len(maps)} of {count} maps; under each its mean over all places"
    picture = draw_liked(images, names, f"What maps of {layer} like most", note)
    return Section(f"Liked: what maps of {layer} like most", [note], [(png(picture, True), "")])


def chosen(given: Any, count: int, layer: str) -> Array:
    """Return the numbers of maps that a configuration names; raise NetkitError for others."""
    if given is None:
        return np.arange(min(MOST, count))
    numbers = given if isinstance(given, list) else [given]
    for k in numbers:
        if isinstance(k, bool) or not isinstance(k, int) or not 0 <= k < count:
            raise NetkitError(f"map={k}: layer {layer} has maps 0 to {count - 1}")
    if not numbers:
        raise NetkitError(f"map=[]: name some of 0 to {count - 1}, or leave it out")
    return np.array(numbers)


def plane_section(explainer: Explainer, data: Dataset | None, cfg: dict[str, Any]) -> Section:
    """Return the test samples of a run as points of a plane."""
    how = taken("plane", cfg["plane"], Plane)
    most = taken("plane_size", cfg["plane_size"], Count)
    if data is None or len(data.val) < 4:
        raise NetkitError(f"plane={how}: nobody knows the samples that this net was tested on")
    count = min(most, len(data.val))
    places = np.arange(count) * len(data.val) // count
    images, labels = np.asarray(data.val.images[places]), data.val.labels[places]
    seen = explainer.features(images)
    if how == "pca":
        points, shares = pca(seen)
        if points.shape[1] < 2:
            raise NetkitError("plane=pca: the last layer but one has one number: nothing to draw")
        note = f"first two principal components, {100 * shares.sum():.0f} % of the variance"
    else:
        points = tsne(seen, cfg["seed"])
        note = "t-SNE: neighbours are alike, distances between groups say little"
    title = f"{count:,} test samples by the last layer but one"
    picture = draw_plane(points, images, labels, data.classes, title=title, note=note)
    return Section(
        "Plane: test samples by the last layer but one", [note], [(png(picture, True), "")]
    )

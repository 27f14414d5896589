"""The curves of a run and of a detector, by matplotlib."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from netkit.errors import NetkitError
from netkit.measurement.metrics import recall_and_precision
from netkit.measurement.thresholds import f1_curve

try:
    from matplotlib import colormaps
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator
except ImportError:
    raise NetkitError("pictures of curves need matplotlib: pip install 'netkit[show]'") from None

if TYPE_CHECKING:
    from netkit.measurement.metrics import Metrics
    from netkit.training.rate_finder import Found

TRAIN, TEST = "#2454be", "#da1e28"


def draw_curves(rows: Sequence[Mapping[str, Any]], title: str = "") -> Image.Image:
    """Return a picture of a run's energy, correct (percent) and learning rate over iterations.

    Of data with boxes mAP takes the place of correct.

    rows: the results of the iterations, as in results.csv.
    """
    figure = Figure(figsize=(11, 3.4), dpi=110, layout="constrained")
    energy, correct, eta = figure.subplots(1, 3, width_ratios=(4, 4, 3))
    at = [row["iteration"] for row in rows]
    boxes = any("test_map" in row for row in rows)
    second = (correct, "map", "") if boxes else (correct, "correct", " (%)")
    for axes, name, unit in ((energy, "energy", ""), second):
        for key, label, colour in ((name, "training", TRAIN), (f"test_{name}", "testing", TEST)):
            if key == "map":
                continue  # only what is tested has one
            values = [row.get(key, float("nan")) for row in rows]
            axes.plot(at, values, "o-", color=colour, label=label, markersize=3.5, linewidth=1.6)
        heading = "mAP at IoU 0.5" if name == "map" else name + unit
        axes.set_title(heading, loc="left", fontsize=11)
        axes.legend(frameon=False, fontsize=9)
    eta.plot(at, [row["eta"] for row in rows], "o-", color="#18845a", markersize=3.5, linewidth=1.6)
    eta.set_title("learning rate", loc="left", fontsize=11)
    eta.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
    for axes in (energy, correct, eta):
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        tidy(axes, "iteration")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    return picture_of(figure)


def draw_rates(found: "Found", title: str = "") -> Image.Image:
    """Return a picture of the energy over the learning rate, and of the rate to take."""
    figure = Figure(figsize=(7.2, 4.2), dpi=110, layout="constrained")
    axes = figure.subplots()
    low, high = float(found.smooth.min()), float(found.smooth[0])
    axes.plot(found.rates, found.energies, ".", color="#a9b4c9", markersize=4, label="batches")
    axes.plot(found.rates, found.smooth, color=TRAIN, linewidth=1.8, label="smoothed")
    axes.set_xscale("log")
    if high > low:  # without the energies of a run that diverged
        axes.set_ylim(max(0, low - 0.1 * (high - low)), high + 0.5 * (high - low))
    axes.set_title("energy", loc="left", fontsize=11)
    if found.eta is not None:
        axes.axvline(found.eta, color=TEST, linewidth=1.4, label=f"eta={found.eta:g}")
    axes.legend(frameon=False, fontsize=9, loc="lower left")
    tidy(axes, "learning rate")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    return picture_of(figure)


def draw_precision(metrics: "Metrics", best: Mapping[str, Any], title: str = "") -> Image.Image:
    """Return a picture of precision over recall of every class, and of F1 over the threshold.

    At 0.5 intersection over union.  best: the threshold with the best F1 of all classes together,
    as `best_threshold` returns it.
    """
    figure = Figure(figsize=(11, 4.4), dpi=110, layout="constrained")
    axes, over = figure.subplots(1, 2)
    for k, name in enumerate(metrics.classes):
        _, recall, precision = metrics.curve(k)
        if len(recall):
            label = f"{name}  {metrics.average_precision(k):.3f}"
            axes.plot(
                recall, precision, label=label, color=colormaps["tab20"](k % 20), linewidth=1.4
            )
    axes.set_title("precision", loc="left", fontsize=11)
    if axes.lines:
        keys = {"ncols": 2, "loc": "lower left", "title": "class, AP@0.5", "title_fontsize": 8}
        axes.legend(frameon=False, fontsize=8, **keys)
    tidy(axes, "recall")
    hits = metrics.all_hits()
    recall, precision = recall_and_precision(hits)
    ends, f1 = f1_curve(hits)
    for values, colour, label in (
        (precision[ends], TRAIN, "precision"),
        (recall[ends], TEST, "recall"),
        (f1, "#18845a", "F1"),
    ):
        over.plot(hits.confidences[ends], values, color=colour, label=label, linewidth=1.6)
    if best:
        mark = f"threshold {best['threshold']:.3f}: F1 {best['f1']:.3f}"
        over.axvline(best["threshold"], color="#8a93a3", linewidth=1.2, label=mark)
    over.set_title("all classes together", loc="left", fontsize=11)
    over.legend(frameon=False, fontsize=8, loc="lower center")
    over.set_xlim(0, 1)
    tidy(over, "threshold")
    for one in (axes, over):
        one.set_ylim(0, 1.02)
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    return picture_of(figure)


def tidy(axes: Axes, xlabel: str) -> None:
    """Name the axis across, and leave of the frame what is needed to read numbers."""
    axes.set_xlabel(xlabel, fontsize=9)
    axes.tick_params(labelsize=9)
    axes.grid(color="#d6dae2", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def picture_of(figure: Figure) -> Image.Image:
    """Return a figure of matplotlib's as a Pillow picture."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    return Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")

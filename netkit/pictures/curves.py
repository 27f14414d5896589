"""The curves of a run and of a detector, by matplotlib."""

from io import BytesIO

from netkit.errors import NetkitError

try:
    from matplotlib import colormaps
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator
except ImportError:
    raise NetkitError("pictures of curves need matplotlib: pip install 'netkit[show]'") from None

TRAIN, TEST = "#2454be", "#da1e28"


def draw_curves(rows, title=""):
    """Return a PNG of energy, correct (percent) and learning rate over the iterations of a run's
    result rows.
    """
    figure = Figure(figsize=(11, 3.4), dpi=110, layout="constrained")
    energy, correct, eta = figure.subplots(1, 3, width_ratios=(4, 4, 3))
    at = [row["iteration"] for row in rows]
    for axes, name, unit in ((energy, "energy", ""), (correct, "correct", " (%)")):
        for key, label, colour in ((name, "training", TRAIN), (f"test_{name}", "testing", TEST)):
            axes.plot(
                at,
                [row.get(key, float("nan")) for row in rows],
                "o-",
                color=colour,
                label=label,
                markersize=3.5,
                linewidth=1.6,
            )
        axes.set_title(name + unit, loc="left", fontsize=11)
        axes.legend(frameon=False, fontsize=9)
    eta.plot(at, [row["eta"] for row in rows], "o-", color="#18845a", markersize=3.5, linewidth=1.6)
    eta.set_title("learning rate", loc="left", fontsize=11)
    eta.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
    for axes in (energy, correct, eta):
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        tidy(axes, "iteration")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    return png(figure)


def draw_precision(metrics, title=""):
    """Return a PNG of precision over recall of every class of detection Metrics, at 0.5
    intersection over union.
    """
    figure = Figure(figsize=(6.4, 4.4), dpi=110, layout="constrained")
    axes = figure.subplots()
    for k, name in enumerate(metrics.classes):
        _, recall, precision = metrics.curve(k)
        if len(recall):
            label = f"{name}  {metrics.average_precision(k):.3f}"
            axes.plot(
                recall, precision, label=label, color=colormaps["tab20"](k % 20), linewidth=1.4
            )
    axes.set_ylabel("precision", fontsize=9)
    axes.set_ylim(0, 1.02)
    axes.legend(
        frameon=False,
        fontsize=8,
        ncols=2,
        loc="lower left",
        title="class, AP@0.5",
        title_fontsize=8,
    )
    tidy(axes, "recall")
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    return png(figure)


def tidy(axes, xlabel):
    axes.set_xlabel(xlabel, fontsize=9)
    axes.tick_params(labelsize=9)
    axes.grid(color="#d6dae2", linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def png(figure):
    data = BytesIO()
    figure.savefig(data, format="png")
    return data.getvalue()

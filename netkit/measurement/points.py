"""Points: the curves of a measurement of boxes as few numbers, for a page that draws them."""

from typing import Any

import numpy as np

from netkit.measurement.metrics import Hits, recall_and_precision
from netkit.measurement.results import Results
from netkit.measurement.thresholds import f1_curve

STEP = 1 / 200  # a point is left out that moves less: a pixel and a half of the page's chart


def precision_points(results: Results) -> dict[str, Any]:
    """Return precision over recall of each class and of all together, as JSON has it.

    At 0.5 intersection over union: {"threshold", "all": points, "classes": [{"name", "ap",
    "points"}]}; points are rows [confidence, recall, precision, F1] in falling confidence.
    Classes of which nothing was found or nothing is there have no curve; threshold is that of the
    best F1, None where nothing that was found is right.
    """
    metrics = results.metrics
    classes = [
        {"name": name, "ap": metrics.average_precision(k), "points": points}
        for k, name in enumerate(metrics.classes)
        if (points := few_points(metrics.hits(k)))
    ]
    best = results.best.get("threshold")
    return {"threshold": best, "all": few_points(metrics.all_hits()), "classes": classes}


def few_points(hits: Hits) -> list[list[float]]:
    """Return [confidence, recall, precision, F1] at the places where a threshold may cut.

    Of points in one cell of 1/200 in confidence, recall and precision the first one stands for all,
    and the last of the curve is kept. [] where nothing was found or nothing is there.
    """
    ends, f1 = f1_curve(hits)
    if not (len(ends) and hits.total):
        return []
    recall, precision = (values[ends] for values in recall_and_precision(hits))
    points = np.stack([hits.confidences[ends], recall, precision, f1], axis=1)
    _, first = np.unique(np.round(points[:, :3] / STEP), axis=0, return_index=True)
    kept = np.union1d(first, [len(points) - 1])
    return np.round(points[kept], 4).tolist()

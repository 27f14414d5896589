"""How a net of boxes looks at a picture, for what runs without netkit: threshold, suppression."""

from collections.abc import Mapping
from typing import Any

from netkit.build.detector import filled, with_defaults
from netkit.build.parts import settings
from netkit.build.thresholds import known_threshold
from netkit.detection.detector import VOTER
from netkit.detection.suppression import VOTES, VOTING, VOTING_OVERLAP, Suppression

THRESHOLD = 0.2  # where weights know none


def looking(meta: Mapping[str, Any]) -> dict[str, Any]:
    """Return how netkit detect chooses among the boxes of a net of whole images, without a word.

    meta: of its weights, see Checkpoint. threshold: the least confidence at the end; voter: that
    of a cell before voting; votes: whether cells vote; vote_max_overlap, max_overlap: see
    Suppression.
    """
    names = "threshold", "post_threshold", "nms", "nms_per_class", "max_overlap", "vote_max_overlap"
    given = dict.fromkeys(names)
    cfg = with_defaults(filled(given, VOTES), dict(meta.get("looking", {})))
    suppression = Suppression(**settings(cfg, Suppression))
    cfg |= known_threshold(given, dict(meta), suppression, lambda text: None)
    least = THRESHOLD if cfg["threshold"] is None else float(cfg["threshold"])
    return {
        "threshold": max(float(cfg["post_threshold"] or 0), least),
        "voter": min(VOTER, least),
        "votes": suppression.nms in (VOTING, VOTING_OVERLAP),
        "vote_max_overlap": suppression.vote_max_overlap,
        "max_overlap": suppression.max_overlap,
    }

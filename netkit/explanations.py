"""Why a model answers so, for Python programs: Model.explain."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from netkit.arguments import signature_of
from netkit.build.detector import detector_of
from netkit.build.explainer import Explained, Explainer
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.explaining.boxes import BoxReasons
from netkit.explaining.methods import Methods
from netkit.images import batch_of, image_of

if TYPE_CHECKING:
    from netkit.model import Model


def explain(
    model: "Model", images: Any, answer: str | None, how: Mapping[str, Any]
) -> Explained | list[Explained]:
    """Return what Model.explain does: how are the settings of Methods, by name."""
    names = signature_of(Methods).parameters
    for name in how:
        if name not in names:
            raise NetkitError(f"{name}: no setting of explain: there are {', '.join(names)}")
    methods = Methods(**how)
    if model.is_detector:
        return why_boxes(model, image_of(images, model.shape[0]), answer, methods)
    batch, single = batch_of(images, model.shape, model.fitting)
    explained = Explainer(model.net, model.energy, model.classes, methods)(batch, answer)
    return explained[0] if single else explained


def why_boxes(model: "Model", image: Any, answer: str | None, methods: Methods) -> list[Explained]:
    """Return why each box was found in an image (C, H, W) of any size, the surest first."""
    cfg = compose("detect")
    detector = detector_of(model.net, model.energy, model.classes, cfg=cfg, meta=model.meta)
    reasons = BoxReasons(detector, methods)
    methods.check(reasons.tracer)
    found = [d for d in detector(image) if answer in (None, d.name)]
    return [Explained(d.name, d.confidence, reasons(image, d), d.box) for d in found]

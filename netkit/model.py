"""Model: a net with its energy and the names of its classes, which answers images."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from netkit import __version__
from netkit.build.arch import settled
from netkit.build.detector import detector_of, with_defaults
from netkit.build.parts import make_backend, make_energy, make_net, settings
from netkit.checks import Count, taken
from netkit.classification.answers import Answer, Scores, scores_of
from netkit.classification.fitting import Fitting
from netkit.commands.summary import net_table
from netkit.config.compose import compose
from netkit.config.words import words_of
from netkit.detection.detector import Detection
from netkit.detection.look import background_of
from netkit.detection.preparation import Preparation
from netkit.energy import Energy
from netkit.errors import NetkitError
from netkit.explanations import explain
from netkit.images import batch_of, image_of
from netkit.layer import Layer
from netkit.net import Net
from netkit.notebook import model_page
from netkit.passes import Shards
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint
from netkit.training.needs import needs_of
from netkit.types import Array
from netkit.worker import Worker

AT_ONCE = 250  # images of a pass: more of them only take more memory


class Model:
    """A net that answers images; several threads may ask it at the same time.

    net, energy, classes: what it is made of.  meta: what its weights file says beside the weights.

    Images come as arrays (H, W), (N, H, W) or (N, C, H, W), as paths, as PIL's images, or as a
    list of those; pixels run from 0 to 255, as in the files that it was trained on. Those of other
    than the net's size are fitted as in training, and so are files of any size.
    """

    def __init__(
        self,
        net: Net,
        energy: Energy,
        classes: Iterable[str],
        *,
        meta: dict[str, Any],
    ) -> None:
        self.net = net
        self.energy = energy
        self.classes = list(classes)
        self.meta = meta
        self.fitting = Fitting.of(meta, net.shape)
        self.finds_boxes = energy.targets == "boxes"
        self.is_detector = self.finds_boxes or background_of(self.classes) is not None
        self.last_answer: tuple[np.ndarray, np.ndarray, str] | None = None  # for _repr_html_
        self._free: list[Shards] = []  # those that no thread is using: a pass writes their memory
        self._detector: tuple[Any, Any, Any] = (None, None, None)  # settings, and what they made

    @classmethod
    def of(
        cls,
        layers: Mapping[str, Mapping[str, Any]],
        *,
        shape: Iterable[int],
        classes: int | Iterable[str],
        energy: str | Mapping[str, Any] = "l2",
        backend: str | Mapping[str, Any] = "auto",
        dtype: str = "float32",
        seed: int = 0,
        bias: float = 0.0,
        coeff: float = 1.0,
    ) -> "Model":
        """Make an untrained model from layers as YAML has them, {name: {"type": ..., ...}}.

        shape: (C, H, W) of an image.  classes: their names, or how many.  energy, backend: a name,
        or {"type": name, ...}. The first layer's input is (pixel + bias) * coeff.
        """
        registry, shape = Registry(), [int(n) for n in shape]
        names = [str(k) for k in range(classes)] if isinstance(classes, int) else list(classes)
        specs = settled(registry, {name: dict(spec) for name, spec in layers.items()})
        arch = {"name": "net", "layers": specs}
        cfg = {"arch": arch, "energy": spec_of(energy), "seed": seed, "dtype": dtype}
        ops = make_backend(registry, {"backend": spec_of(backend)})
        scale: dict[str, Any] = {"bias": bias, "coeff": coeff}
        net = make_net(registry, cfg, shape, classes=len(names), ops=ops, **scale)
        meta = {"version": __version__, "config": cfg, "classes": names, "shape": shape, **scale}
        meta |= {"iteration": 0, "age": 0, "rows": [], "plugins": needs_of(registry, cfg)}
        return cls(net, make_energy(registry, cfg, net, classes=len(names)), names, meta=meta)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of an image that it takes, (C, H, W)."""
        return self.net.shape

    def __call__(self, images: Any) -> np.ndarray:
        """Return how far each class is believed, in 0..1: (N, classes), also for one image."""
        batch, _ = self._batch(images)
        return self._answers(batch).confidences

    def predict(self, images: Any) -> str | list[str]:
        """Return the name of the class of one image, or a list of them for several."""
        batch, single = self._batch(images)
        names = [self.classes[k] for k in self._answers(batch).labels]
        return names[0] if single else names

    def classify(self, images: Any, top: int = 1) -> Answer | list[Answer]:
        """Return the Answer to one image, with its `top` likeliest classes, or a list of them."""
        batch, single = self._batch(images)
        answers = self._answers(batch).answers(self.classes, taken("top", top, Count))
        return answers[0] if single else answers

    def outputs(self, images: Any) -> np.ndarray:
        """Return the net's outputs, (N, K); of a net of boxes those of all cells, (N, K, h, w)."""
        batch, _ = self._batch(images)
        y = self._outputs(batch).transpose(3, 0, 1, 2)
        return y.copy() if self.finds_boxes else y[:, :, 0, 0].copy()

    def layers(self, image: Any) -> dict[str, np.ndarray]:
        """Return what each layer makes of one image: {name: array (C, H, W)}.

        The layers inside another one, "res0.c1", come before it.
        """
        batch, single = self._batch(image)
        if not single and len(batch) != 1:
            raise NetkitError(f"layers: {len(batch)} images: give one")
        ops = self.net.ops
        made: dict[str, np.ndarray] = {}

        def see(name: str, layer: Layer, x: Array, y: Array) -> None:
            made[name] = np.array(ops.to_host(y[..., 0]))

        with ops.limits(), np.errstate(all="ignore"):
            Worker(self.net, first=False).outputs(ops.asarray(batch), see=see)
        return made

    def detect(self, image: Any, **wanted: Any) -> list[Detection]:
        """Return what is found in an image of any size, the most confident first.

        wanted: settings of `netkit detect`, such as threshold=0.8 or scaling_type="original".
        """
        known, detector, prepare = self._detector
        if detector is None or known != wanted:
            cfg = compose("detect", words_of(wanted))
            detector = detector_of(self.net, self.energy, self.classes, cfg=cfg, meta=self.meta)
            prepare = Preparation(**settings(with_defaults(cfg, detector.looking), Preparation))
            self._detector = wanted, detector, prepare  # at once: other threads may ask too
        whole = image_of(image, self.shape[0])
        prepared = prepare(whole)
        found = detector(prepared)
        return [prepare.restored(d, whole=whole, prepared=prepared.shape[1:]) for d in found]

    def explain(self, images: Any, answer: str | None = None, **how: Any) -> Any:
        """Return why an image is answered so, an Explained, or a list of them for several images.

        Of a detector: a list for one image, one a box.  answer: a class to explain instead.  how:
        settings of `netkit explain`, such as method="gradcam" or layer="c2".
        """
        return explain(self, images, answer, how)

    def summary(self) -> str:
        """Return a table of the layers: output shapes, weights and multiply-adds."""
        return net_table(self.net)

    def save(self, path: str | Path) -> None:
        """Write a weights file; netkit.load and every command read it."""
        Checkpoint.of(self.net, self.meta).save(Path(path))

    def __repr__(self) -> str:
        return f"Model of {len(self.classes)} classes\n{self.summary()}"

    def _repr_html_(self) -> str:
        return model_page(self)

    def _outputs(self, batch: np.ndarray) -> Array:
        """Return the outputs (K, 1, 1, N) of images (N, C, H, W), on the host."""
        try:
            shards = self._free.pop()
        except IndexError:
            shards = Shards(self.net)
        try:
            with self.net.ops.limits():
                parts = [
                    shards.outputs(self.net.ops.asarray(batch[at : at + AT_ONCE]))
                    for at in range(0, len(batch), AT_ONCE)
                ]
        finally:
            self._free.append(shards)
        return np.concatenate(parts, axis=3)

    def _batch(self, images: Any) -> tuple[np.ndarray, bool]:
        """Return images as the net takes them, (N, C, H, W), and whether one was given alone."""
        return batch_of(images, self.shape, None if self.is_detector else self.fitting)

    def _answers(self, batch: np.ndarray) -> Scores:
        """Return what the net says of images (N, C, H, W)."""
        if self.finds_boxes:
            raise NetkitError("this net finds boxes in images: model.detect(image)")
        scores = scores_of(self.energy, self._outputs(batch), len(self.classes))
        self.last_answer = batch[-1], scores.confidences[-1], self.classes[scores.labels[-1]]
        return scores


def spec_of(part: str | Mapping[str, Any]) -> dict[str, Any]:
    """Return a part as YAML has it, from a name or from that."""
    return {"type": part} if isinstance(part, str) else dict(part)

"""A set of pictures with the boxes found on them: for a labelling tool, or to train on."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import yaml

from netkit.annotations.layout import ENDINGS
from netkit.annotations.writing import Coco, Voc, Yolo
from netkit.detection.writers import Writer
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.images import as_picture
from netkit.files.names import stem_of

if TYPE_CHECKING:
    from netkit.detection.detector import Detection
    from netkit.files.sources import Frame

Form: TypeAlias = Literal["yolo", "voc", "coco"]


class LabelledSet(Writer):
    """A folder that holds pictures and their boxes, as other programs and ours read it.

    form: yolo: images/, labels/ and data.yaml; voc: JPEGImages/ and Annotations/; coco: images/ and
    annotations.json in it.  background: the place of a class that is nothing to find; it is not
    written.  mirror: pictures were turned left to right before they were looked at.

    Picture files are copied as they are; frames of videos, and what was mirrored, are written as
    PNG. Boxes have no confidences: tools do not take them.
    """

    def __init__(
        self,
        folder: str | Path,
        form: Form,
        classes: list[str],
        *,
        background: int | None = None,
        mirror: bool = False,
    ) -> None:
        root = Path(folder)
        kept = [k for k in range(len(classes)) if k != background]
        self.places = {k: place for place, k in enumerate(kept)}
        classes = [classes[k] for k in kept]
        self.mirror = mirror
        self.pictures = root / ("JPEGImages" if form == "voc" else "images")
        self.pictures.mkdir(parents=True, exist_ok=True)
        self.taken = {path.stem.casefold() for path in self.pictures.iterdir()}
        self.boxes: Coco | Voc | Yolo
        if form == "yolo":
            self.boxes = Yolo(root / "labels", classes, scores=False)
            text = yaml.safe_dump(
                {"train": "images", "names": dict(enumerate(classes))}, sort_keys=False
            )
            write_beside(root / "data.yaml", text.encode())
        elif form == "voc":
            self.boxes = Voc(root / "Annotations", scores=False)
        else:
            self.boxes = Coco(self.pictures / "annotations.json", classes, scores=False)

    @property
    def lasting(self) -> bool:  # type: ignore[override]
        return self.boxes.lasting

    def add(self, frame: "Frame", found: "list[Detection]") -> None:
        source = Path(frame.name)
        copied = not self.mirror and frame.stream is None and source.suffix.lower() in ENDINGS
        ending = source.suffix.lower() if copied else ".png"
        place = self.pictures / f"{self.free_stem(stem_of(frame.name))}{ending}"
        if copied:
            try:
                write_beside(place, source.read_bytes())
            except OSError as error:
                raise NetkitError(f"{source}: cannot be copied ({error.strerror})") from None
        else:
            from netkit.pictures.style import png

            write_beside(place, png(as_picture(frame.image), colour=True))
        found = [d._replace(label=self.places[d.label]) for d in found if d.label in self.places]
        self.boxes.add(frame, found, place.name)

    def free_stem(self, stem: str) -> str:
        """Return a name that no picture of the set has, whatever its ending: boxes are by it."""
        free, k = stem, 1
        while free.casefold() in self.taken:
            k += 1
            free = f"{stem}-{k}"
        self.taken.add(free.casefold())
        return free

    def close(self) -> None:
        self.boxes.close()

"""EBLearn's files of boxes, as its variable bbox_saving numbers them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from netkit.checks import Checked
from netkit.detection.choices import Numbered
from netkit.detection.writers import TextFile, Writer
from netkit.files import write_beside
from netkit.files.names import safe_part
from netkit.files.text import printable

if TYPE_CHECKING:
    from netkit.detection.detector import Detection
    from netkit.files.sources import Frame

NONE, ALL, BBOX, CALTECH, CLASS = range(5)
KINDS = Numbered(
    ((NONE, "none"), (ALL, "all"), (BBOX, "eblearn"), (CALTECH, "caltech"), (CLASS, "class"))
)


class BboxFiles(Checked, Writer):
    """EBLearn's files, by the numbers of its bbox_saving.

    2 or eblearn: bbox.txt, `name height width class confidence x0 y0 x1 y1`;  3 or caltech: a file
    an image, `x0,y0,width,height,confidence`;  4 or class: classes.txt, `name; class`;  1 or all:
    all of them;  0 or none: nothing.  keep: bytes of each that stay, see TextFile.
    """

    def __init__(
        self,
        folder: str | Path,
        bbox_saving: Annotated[int, KINDS],
        keep: Mapping[str, int] | None = None,
    ) -> None:
        self.folder = Path(folder)

        def text(name: str, *kinds: int) -> TextFile | None:
            kept = (keep or {}).get(name)
            return TextFile(self.folder / name, kept) if bbox_saving in kinds else None

        self.boxes = text("bbox.txt", ALL, BBOX)
        self.classes = text("classes.txt", ALL, CLASS)
        self.caltech = bbox_saving in (ALL, CALTECH)

    def add(self, frame: "Frame", found: "list[Detection]") -> None:
        height, width = frame.image.shape[1:]
        name = printable(frame.name)
        if self.boxes:
            for d in found:
                box = " ".join(f"{v:g}" for v in d.box)
                self.boxes.write(f"{name} {height} {width} {d.label} {d.confidence:.6f} {box}\n")
        if self.caltech:
            (self.folder / "caltech").mkdir(exist_ok=True)
            path = self.folder / "caltech" / f"{safe_part(Path(frame.name).name)}.txt"
            write_beside(path, "".join(map(caltech_line, found)).encode())
        if self.classes:
            self.classes.write(f"{name}; {found[0].label if found else -1}\n")

    def texts(self) -> list[TextFile]:
        return [text for text in (self.boxes, self.classes) if text]

    def close(self) -> None:
        for text in self.texts():
            text.close()


def caltech_line(d: "Detection") -> str:
    """Return `x0,y0,width,height,confidence` and a line's end."""
    x0, y0, x1, y1 = d.box
    return ",".join(f"{v:g}" for v in (x0, y0, x1 - x0, y1 - y0, d.confidence)) + "\n"

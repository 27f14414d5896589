"""netkit data show: what a folder or a data set holds, as lines and as a sheet of samples."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from netkit.annotations import read_annotated
from netkit.annotations.layout import is_annotated
from netkit.build.parts import make_data
from netkit.errors import NetkitError
from netkit.overview.annotated import annotated_lines
from netkit.overview.data import Line, data_lines, data_warnings
from netkit.registry import Registry

if TYPE_CHECKING:
    from PIL.Image import Image


class Shown(NamedTuple):
    """What there is: lines, warnings, and what draws a sheet of it, with colours or without."""

    lines: list[Line]
    warnings: list[str]
    draw: Callable[[], "Image"]
    colour: bool


class Kind(NamedTuple):
    """What a path may be: whether it is that, the settings that read it, and what shows it.

    settings: of `netkit train`, {name: value}.  show: takes the configuration that comes of them,
    what to call it, and how many samples of a class a sheet has.
    """

    fits: Callable[[Path], bool]
    settings: Callable[[str], dict[str, Any]]
    show: Callable[[dict[str, Any], str, int], Shown]


def kind_of(source: str) -> Kind:
    """Return what `source` is: a folder, a file of arrays, or the name of a data set."""
    for kind in KINDS:
        if kind.fits(Path(source)):
            return kind
    sets = Registry().found["dataset"]
    if source in sets:
        return Kind(lambda _: True, lambda name: {"data": name}, samples)
    raise NetkitError(
        f"show {source}: there is no such folder, file of arrays or data set: there are "
        f"{', '.join(sorted(sets))}"
    )


def samples(cfg: dict[str, Any], name: str, columns: int) -> Shown:
    """Return what is in the data set of a configuration of `netkit train`."""
    data = make_data(Registry(), cfg)
    lines = data_lines(data, name)

    def draw() -> "Image":
        from netkit.pictures.sheet import draw_sheet

        note = f"{dict(lines)['images']}; of each class to train on + to test on"
        return draw_sheet(data, Path(name).name or name, note, columns=columns)

    return Shown(lines, data_warnings(data), draw, data.shape[0] == 3)


def annotated(cfg: dict[str, Any], name: str, columns: int) -> Shown:
    """Return what is in a folder of annotated pictures, as the data set of boxes reads it."""
    data = cfg["data"]
    folder = read_annotated(name, share=data["val_share"], seed=cfg["seed"])

    def draw() -> "Image":
        from netkit.pictures.box_sheet import draw_box_sheet

        count = len(folder.parts["train"] or folder.parts["val"])
        note = f"{columns} of {count:,} images to train on" if columns < count else ""
        return draw_box_sheet(folder, Path(name).resolve().name, note, columns)

    return Shown(annotated_lines(folder, name), folder.notes, draw, True)


KINDS = [  # the first that fits
    Kind(
        lambda path: (path / "set.json").is_file(),
        lambda source: {"data": "files", "root": source},
        samples,
    ),
    Kind(is_annotated, lambda source: {"data": "boxes", "root": source}, annotated),
    Kind(Path.is_dir, lambda source: {"data": "folder", "root": source}, samples),
    Kind(
        lambda path: path.is_file() and path.suffix == ".npz",
        lambda source: {"data": "files", "train": source, "val": source},
        samples,
    ),
]

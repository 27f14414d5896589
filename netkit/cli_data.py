"""netkit data: download a data set, show what one holds, or compile a folder of images."""

from pathlib import Path
from typing import Any

import click

from netkit.files import write_beside
from netkit.files.compiled import compile_folder
from netkit.files.folders import FolderSettings
from netkit.files.names import safe_part
from netkit.files.text import printable
from netkit.plugins.datasets.downloads import SETS, download


@click.group()
def data() -> None:
    """Bring data sets into the form that `netkit train` reads."""


def downloads(name: str) -> None:
    """Add the command that downloads a data set."""
    help = f"Download {name} to the user's cache, where data={name} finds it."

    @data.command(name, short_help=help, help=help)
    def command() -> None:
        click.echo(f"{name} is in {download(name)}")


for set_name in SETS:
    downloads(set_name)


@data.command(
    "show", short_help="Say what a folder or a data set holds, and draw a sheet of samples."
)
@click.argument("root")
@click.argument("overrides", nargs=-1)
@click.option("--out", type=click.Path(), help="The PNG to write; NAME-sheet.png if not given.")
@click.option(
    "--columns",
    type=click.IntRange(1, 100),
    default=12,
    show_default=True,
    help="Samples of a class on the sheet; pictures with boxes in all.",
)
def show_samples(root: str, overrides: tuple[str, ...], out: str | None, columns: int) -> None:
    """Say what is in ROOT: classes with counts, sizes of images, and what is odd about them.

    ROOT is a folder of class folders of images, a folder that `netkit data compile` wrote, a .npz
    file, or the NAME of a data set. The sheet shows samples as a net is given them.

    Or ROOT is a folder of pictures with boxes, in COCO's, Pascal VOC's or YOLO's form, a COCO file
    or a data.yaml: what is there of each class, how large, what is odd, and some of the pictures.

    OVERRIDES are words as `netkit train` takes them: data.size=64, data.split=letters.
    """
    from netkit.commands.show_data import kind_of
    from netkit.config.compose import compose
    from netkit.config.words import words_of
    from netkit.overview.run import aligned
    from netkit.pictures.style import png

    kind = kind_of(root)
    cfg = compose("train", [*words_of(kind.settings(root)), *overrides])
    shown = kind.show(cfg, root, columns)
    click.echo(printable(aligned(shown.lines), lines=True))
    for line in shown.warnings:
        click.echo(f"netkit: {printable(line)}", err=True)
    path = Path(out or f"{safe_part(Path(root).resolve().name)}-sheet.png")
    write_beside(path, png(shown.draw(), shown.colour))
    width = max(len(word) for word, _ in shown.lines)
    click.echo(f"{'sheet':{width}}  {printable(path)}")


@data.command(
    "compile", short_help="Make one set of arrays of a folder of class folders of images."
)
@click.argument("root", type=click.Path())
@click.argument("out", type=click.Path())
@click.option(
    "--size", nargs=2, type=int, default=(32, 32), show_default=True, help="Height and width."
)
@click.option(
    "--channels",
    default="auto",
    show_default=True,
    help="1 grey, 3 colour, auto: grey if no image has a colour.",
)
@click.option("--fit", default="pad", show_default=True, help="pad, crop or stretch.")
@click.option("--fill", type=int, default=0, show_default=True, help="Grey of what is padded.")
@click.option(
    "--val-share",
    type=float,
    default=0.2,
    show_default=True,
    help="Share of each class to test on.",
)
@click.option("--per-class", type=int, help="Most images of a class.")
@click.option("--balance", is_flag=True, help="As many of each class as the smallest has.")
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="Which images are taken, and their order.",
)
def compile_images(root: str, out: str, channels: str, **settings: Any) -> None:
    """Bring the images in ROOT/CLASS/ to one size, for netkit train data=files root=OUT."""
    settings["channels"] = int(channels) if channels.isdecimal() else channels
    train, val, classes = compile_folder(root, out, FolderSettings(**settings))
    click.echo(f"{out}: {train} images to train on, {val} to test on, {classes} classes")
    click.echo(f"netkit train data=files root={out}")

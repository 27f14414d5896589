"""netkit data: download a data set, or compile a folder of images."""

from typing import Any

import click

from netkit.files.compiled import compile_folder
from netkit.files.folders import FolderSettings
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

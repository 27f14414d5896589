"""netkit new-plugin, as click has it."""

import click

from netkit.new_plugin.templates import TEMPLATES
from netkit.new_plugin.writing import new_plugin


@click.command("new-plugin")
@click.argument("target")
@click.option(
    "--kind",
    type=click.Choice(list(TEMPLATES)),
    default="layer",
    show_default=True,
    help="What it brings.",
)
def command(target: str, kind: str) -> None:
    """Write a plugin to begin with: TARGET is a folder for a package, or a file NAME.py.

    The package has a class, its YAML and its tests, which pass at once. The file needs no
    installing: any command takes it, netkit train plugins=./NAME.py ...
    """
    click.echo(new_plugin(target, kind))

"""netkit import-conf, as click has it."""

import click


@click.command("import-conf")
@click.argument("file", type=click.Path())
@click.argument("assignments", nargs=-1)
@click.option(
    "--out", default="imported", show_default=True, help="Folder for the arch and the run."
)
def import_conf(file: str, assignments: tuple[str, ...], out: str) -> None:
    """Write an EBLearn .conf file as a netkit arch and a run.

    What could not be carried over is named. ASSIGNMENTS are NAME=VALUE words that are read after
    the file, for the folders of this machine, say.
    """
    from netkit.eblearn.import_conf import import_conf
    from netkit.files.text import printable

    for line in import_conf(file, out, assignments):
        click.echo(printable(line, lines=True))

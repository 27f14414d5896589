"""The command line: words of train, classify, detect and evaluate go to Hydra, others to click."""

import contextlib
import os
import pkgutil
import sys

import click

from netkit import __version__
from netkit.cli_group import Commands, with_folder
from netkit.installed import leave_out
from netkit.launched import launched

TO_HYDRA = {"ignore_unknown_options": True}
WORDS = click.argument("overrides", nargs=-1, type=click.UNPROCESSED)


@click.group(cls=Commands)
@click.version_option(__version__)
@click.option("--debug", is_flag=True, help="Show the whole traceback of an error.")
@click.option("-p", "words", metavar="no:NAME", multiple=True, help="Leave the plugin NAME out.")
def main(debug: bool, words: tuple[str, ...]) -> None:
    """Train small convolutional networks and find things with them."""
    leave_out(
        words
    )  # none is left: Commands takes those that it understands, and this says why not


def hydra_command(name: str, help: str) -> None:
    """Add a command, netkit.commands.NAME.NAME, whose words go to Hydra; --backend is a flag."""

    @main.command(name, short_help=help, add_help_option=False, context_settings=TO_HYDRA)
    @WORDS
    @click.option("--backend", help="The same as backend=NAME.")
    def command(overrides: tuple[str, ...], backend: str | None) -> None:
        if {"--help", "-h"} & {*overrides}:
            from netkit.config.help import help_text

            colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
            click.echo(help_text(name, overrides, colour=colour))
            return
        from netkit.config.job import run_hydra

        words = ([f"backend={backend}"] if backend else []) + list(overrides)
        with as_one(name):
            run_hydra(name, pkgutil.resolve_name(f"netkit.commands.{name}:{name}"), words)


def as_one(name: str) -> contextlib.AbstractContextManager[None]:
    """Return a context for a command that several processes may run together, started by mpiexec.

    name: of the command; all but train are for one process.
    """
    if name != "train" or launched().size == 1:
        return contextlib.nullcontext()
    from netkit.commands.together import together

    return together()


hydra_command("train", "Train a net: netkit train [FILE.conf] arch=lenet5 [NAME=VALUE ...]")
hydra_command("classify", "Answer images: netkit classify weights=FILE input=FILE|DIR|GLOB|LIST|-")
hydra_command("detect", "Find objects: netkit detect [weights=FILE] [input=FILE|DIR|GLOB]")
hydra_command("evaluate", "Measure a net: netkit evaluate weights=FILE data=folder")
hydra_command("audit", "Find wrong labels, duplicates and hard samples: netkit audit data=folder")
hydra_command("explain", "Say why a net answers so: netkit explain weights=RUN [input=FILE|DIR]")


@main.command(short_help="Print a net's layers, shapes, weights and multiply-adds.")
@WORDS
@with_folder
def summary(overrides: tuple[str, ...]) -> None:
    """Print the layers of a net, as `netkit train` with the same words would build it."""
    from netkit.commands.summary import summary
    from netkit.config.compose import compose

    click.echo(summary(compose("train", overrides)))


@main.command(
    short_help="Draw on a page, or show it pictures, and watch a net answer: "
    "netkit play weights=FILE",
    context_settings=TO_HYDRA,
)
@WORDS
@with_folder
def play(overrides: tuple[str, ...]) -> None:
    """Serve a page, to this machine alone, on which you draw and a trained net answers.

    OVERRIDES are NAME=VALUE words: weights, a weights file or the folder of a run; port, 8642 if
    not given, and 0 for any that is free; threads; backend.
    """
    from netkit.commands.play import play
    from netkit.config.compose import compose

    play(compose("play", overrides))


@main.command(
    short_help="Draw the pictures and the report page of a run: netkit report outputs/DATE/TIME"
)
@click.argument("folder", type=click.Path())
def report(folder: str) -> None:
    """Draw the pictures of every iteration of the run in FOLDER, and write its report.html."""
    from netkit.commands.report import report

    path, seconds = report(folder)
    click.echo(f"{path}: drawn in {seconds:.2f} s")


@main.command(short_help="List runs, sorted and filtered, or compare them: netkit runs arch=lenet5")
@click.argument("words", nargs=-1)
@click.option("--sort", default="date", show_default=True, help="A column, or a setting as eta.")
@click.option("--last", type=click.IntRange(1), help="Only so many, those begun last.")
@click.option("--csv", type=click.Path(dir_okay=False), help="Write the table to this file too.")
@click.option(
    "--compare",
    metavar="PAGE.html",
    type=click.Path(dir_okay=False),
    help="Write a page with their curves over each other and what differs in their settings.",
)
def runs(
    words: tuple[str, ...], sort: str, last: int | None, csv: str | None, compare: str | None
) -> None:
    """List the runs in folders: name, date, arch, data, best result, time of training, state.

    WORDS are folders of runs, however deep (outputs if none is named), runs by their names,
    `latest`, and tests that runs have to pass: arch=lenet5 data=mnist eta=0.01 'best>97'.
    """
    from netkit.commands.runs import runs

    click.echo(runs(words, sort=sort, last=last, csv=csv, compare=compare))


@main.command(short_help="Put the answers of all shards together: netkit merge FOLDER ... OUT")
@click.argument("folders", nargs=-1, required=True, type=click.Path())
@click.argument("out", type=click.Path())
def merge(folders: tuple[str, ...], out: str) -> None:
    """Write the answers in FOLDERS, those of netkit detect or classify with shard=K/N, into OUT.

    In the order of the images, as one process would have written them; each share has to be there
    once and whole.
    """
    from netkit.commands.merge import merge

    click.echo(merge(folders, out))


@main.command(short_help="List everything registered, or explain one: netkit plugins conv")
@click.argument("name", required=False)
def plugins(name: str | None) -> None:
    """List everything registered, and the plugins that did not load; or explain the entry NAME.

    What it is, its arguments and a line of YAML.
    """
    from netkit.commands.plugins import plugins

    click.echo(plugins(name))


@main.command(
    short_help="Turn weights into .safetensors, .mat, .npz, .onnx, .c, .html: "
    "netkit convert FROM TO [arch=NAME]"
)
@click.argument("source")
@click.argument("target")
@WORDS
@with_folder
def convert(source: str, target: str, overrides: tuple[str, ...]) -> None:
    """Write the weights in SOURCE to TARGET: .safetensors, .npz, EBLearn's .mat, .onnx, .c, .html.

    .html is a page to draw on that runs the net by itself: docs/show.md. .c is a C file and its
    header, for images of input_height=H input_width=W if given: docs/deploy.md.

    A source that does not describe itself, as EBLearn's .mat, needs arch=NAME; classes=FILE.mat
    names its classes.
    """
    from netkit.commands.convert import convert
    from netkit.config.compose import compose

    click.echo(convert(source, target, compose("detect", overrides)))


@main.command(
    short_help="Draw a connection table: "
    "netkit table FILE --inputs 6 --outputs 16 --fan-in 4; or show one."
)
@click.argument("path")
@click.option("--inputs", type=int, help="Input maps.")
@click.option("--outputs", type=int, help="Output maps.")
@click.option(
    "--fan-in",
    metavar="INTEGER[,...]",
    help="Input maps that each output map sees; of 2,3 half of them 2, the others 3; all if "
    "not given.",
)
@click.option("--seed", type=int, default=0, help="Another number draws another table.")
def table(
    path: str, inputs: int | None, outputs: int | None, fan_in: str | None, seed: int
) -> None:
    """Write a random connection table to PATH, a .mat or .yaml file, or show the one that is there.

    An arch takes it as {type: conv, out: 16, kernel: 5, table: PATH}.
    """
    from netkit.commands.table import table

    click.echo(table(path, inputs, outputs, fan_in=fan_in, seed=seed))


if __name__ == "__main__":
    sys.exit(main())

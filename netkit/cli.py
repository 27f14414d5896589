"""The command line. Everything after `train` and `detect` belongs to Hydra; the rest is click's."""

import functools
import importlib
import os
import sys
from typing import TYPE_CHECKING

import click

from netkit import __version__
from netkit.errors import NetkitError

if TYPE_CHECKING:
    from netkit.registry import Registry

HYDRA = {"add_help_option": False, "context_settings": {"ignore_unknown_options": True}}


class Command(click.Group):
    """A group with the plugins' commands beside its own, whose user errors end as one line.

    The line goes to standard error, and the exit code is 1.
    """

    @functools.cached_property
    def registry(self) -> "Registry":
        """What plugins bring, for `netkit --help` and for the commands of theirs."""
        from netkit.registry import Registry

        try:
            return Registry()
        except NetkitError:  # not installed: what needs a plugin says so; the help needs none
            return Registry(())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, the plugins' too."""
        return sorted({*super().list_commands(ctx), *self.registry.short_help})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return netkit's own command; of a plugin's, its help alone, which imports nothing."""
        own = super().get_command(ctx, name)
        short = name.rpartition(":")[2]  # "plugin:name" where several bring one of that name
        if own or short not in self.registry.short_help:
            return own
        return click.Command(name, short_help=self.registry.short_help[short])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the name, the command itself and its words; here a plugin's is imported."""
        name, command, words = super().resolve_command(ctx, args)
        if name is not None and name not in self.commands:
            command = self.registry.get("command", name)
            if not isinstance(command, click.Command):
                raise NetkitError(
                    f"command '{name}' is {command!r}: its plugin has to make it by click.command()"
                )
        return name, command, words

    def invoke(self, ctx):
        debug = ctx.params.get("debug") or os.environ.get("HYDRA_FULL_ERROR")
        try:
            return super().invoke(ctx)
        except NetkitError as error:
            if debug:
                raise
            click.echo(f"netkit: {error}", err=True)
            ctx.exit(1)
        except BrokenPipeError:  # `netkit detect | head`: the reader has seen enough
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115  else Python's last flush fails with a message of its own
            ctx.exit(1)
        except OSError as error:
            if debug:
                raise
            click.echo(
                f"netkit: {error.filename or ''}: {error.strerror or error}: choose another place",
                err=True,
            )
            ctx.exit(1)
        except KeyboardInterrupt as error:
            click.echo(f"netkit: {error or 'interrupted'}", err=True)
            ctx.exit(130)


@click.group(cls=Command)
@click.version_option(__version__)
@click.option("--debug", is_flag=True, help="Show the whole traceback of an error.")
def main(debug):
    """Train small convolutional networks and find things with them."""


def hydra_command(name, help):
    """Add a command whose words all go to Hydra, with --backend as a flag; it is
    netkit.commands.NAME.NAME.
    """

    @main.command(name, short_help=help, **HYDRA)
    @click.argument("overrides", nargs=-1, type=click.UNPROCESSED)
    @click.option("--backend", help="The same as backend=NAME.")
    def command(overrides, backend):

        from netkit import config

        words = ([f"backend={backend}"] if backend else []) + list(overrides)
        config.run_hydra(
            name, getattr(importlib.import_module(f"netkit.commands.{name}"), name), words
        )


hydra_command("train", "Train a net: netkit train arch=lenet5 [NAME=VALUE ...]")
hydra_command("detect", "Find objects: netkit detect [weights=FILE] [input=FILE|DIR|GLOB]")
hydra_command("evaluate", "Measure a detector: netkit evaluate [weights=FILE] [scenes=digit_scenes]")


@main.command(short_help="Print a net's layers, shapes, weights and multiply-adds.")
@click.argument("overrides", nargs=-1, type=click.UNPROCESSED)
def summary(overrides):
    """Print the layers of a net, as `netkit train` with the same words would build it."""
    from netkit import config
    from netkit.commands.summary import summary

    click.echo(summary(config.compose("train", overrides)))


@main.command(
    short_help="Draw a digit on a page and watch a net answer: netkit play weights=FILE", **HYDRA
)
@click.argument("overrides", nargs=-1, type=click.UNPROCESSED)
def play(overrides):
    """Serve a page, to this machine alone, on which you draw and a trained net answers."""
    from netkit import config
    from netkit.commands.play import play

    play(config.compose("play", overrides))


@main.command(
    short_help="Draw the pictures and the report page of a run: netkit report outputs/DATE/TIME"
)
@click.argument("folder", type=click.Path())
def report(folder):
    """Draw the pictures of every iteration of a run, from the weights it kept, and write
    report.html in its FOLDER.
    """
    from netkit.commands.report import report

    path, seconds = report(folder)
    click.echo(f"{path}: drawn in {seconds:.2f} s")


@main.command(short_help="List everything registered, or explain one: netkit plugins conv")
@click.argument("name", required=False)
def plugins(name):
    """List everything registered, and the plugins that did not load; or explain the entry NAME:
    what it is, its arguments and a line of YAML.
    """
    from netkit.commands.plugins import plugins

    click.echo(plugins(name))


@main.group(short_help="Download a data set, or compile a folder of images: netkit data mnist")
def data():
    """Bring data sets into the form that `netkit train` reads."""


def downloads(name):
    @data.command(
        name, short_help=f"Download {name} to the user's cache, where data={name} finds it."
    )
    def command():
        from netkit.plugins.datasets.downloads import download

        click.echo(f"{name} is in {download(name)}")


for set_name in ("mnist", "fashion_mnist"):
    downloads(set_name)


@data.command(
    "compile", short_help="Make one set of arrays of a folder of class folders of images."
)
@click.argument("root", type=click.Path())
@click.argument("out", type=click.Path())
@click.option(
    "--size", nargs=2, type=int, default=(32, 32), show_default=True, help="Height and width."
)
@click.option("--channels", type=int, default=1, show_default=True, help="1 grey, 3 colour.")
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
def compile_images(root, out, **settings):
    """Bring the images in ROOT/CLASS/ to one size and write them to OUT, for netkit train
    data=files root=OUT.
    """
    from netkit.files.compiled import compile_folder
    from netkit.files.folders import FolderSettings

    train, val, classes = compile_folder(root, out, FolderSettings(**settings))
    click.echo(f"{out}: {train} images to train on, {val} to test on, {classes} classes")
    click.echo(f"netkit train data=files root={out}")


@main.command(
    short_help="Turn weights into .safetensors, .mat, .npz or .onnx: netkit convert FROM TO [arch=NAME]"
)
@click.argument("source")
@click.argument("target")
@click.argument("overrides", nargs=-1, type=click.UNPROCESSED)
def convert(source, target, overrides):
    """Write the weights in SOURCE to TARGET: .safetensors, .npz, EBLearn's .mat, or .onnx.

    A source that does not describe itself, as EBLearn's .mat, needs arch=NAME; classes=FILE.mat
    names its classes.
    """
    from netkit import config
    from netkit.commands.convert import convert

    click.echo(convert(source, target, config.compose("detect", overrides)))


@main.command(
    short_help="Draw a connection table: netkit table FILE --inputs 6 --outputs 16 --fan-in 4; or show one."
)
@click.argument("path")
@click.option("--inputs", type=int, help="Input maps.")
@click.option("--outputs", type=int, help="Output maps.")
@click.option("--fan-in", type=int, help="Input maps that each output map sees; all if not given.")
@click.option("--seed", type=int, default=0, help="Another number draws another table.")
def table(path, inputs, outputs, fan_in, seed):
    """Write a random connection table to PATH, a .mat or .yaml file, or show the one that is there.

    An arch takes it as {type: conv, out: 16, kernel: 5, table: PATH}.
    """
    from netkit.commands.table import table

    click.echo(table(path, inputs, outputs, fan_in, seed))


@main.command(short_help="Measure speed, beside PyTorch where it is installed.")
@click.option("--backend", default="auto", help="The backend to measure.")
@click.option(
    "--work",
    default="all",
    help="lenet5, conv64, detection, demo: some with commas between, or all.",
)
@click.option("--threads", type=click.IntRange(1), help="One per core if not given.")
@click.option(
    "--rounds", type=click.IntRange(1), default=5, show_default=True, help="Alternating rounds."
)
@click.option(
    "--seconds",
    type=click.FloatRange(0.001),
    default=0.5,
    show_default=True,
    help="Length of one run.",
)
@click.option("--compiled/--eager", default=True, help="With torch.compile, or without.")
@click.option("--output", type=click.Path(dir_okay=False), help="A JSON file for all the results.")
def bench(backend, work, threads, rounds, seconds, compiled, output):
    """Time training, inference, detection and whole jobs, in alternating runs with PyTorch on the
    same work.
    """
    from netkit.bench.run import bench, checked

    bench(
        backend,
        checked(work),
        threads,
        rounds=rounds,
        seconds=seconds,
        compiled=compiled,
        output=output,
    )


if __name__ == "__main__":
    sys.exit(main())

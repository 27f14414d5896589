"""The command line. Everything after `train` and `detect` belongs to Hydra; the rest is click's."""

import importlib
import os
import sys

import click

from netkit import __version__
from netkit.errors import NetkitError

HYDRA = {"add_help_option": False, "context_settings": {"ignore_unknown_options": True}}


class Command(click.Group):
    """A group whose user errors end as one line on standard error and exit code 1."""

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
            click.echo(f"netkit: {error.filename or ''}: {error.strerror or error}: choose another place", err=True)
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
    """Return a decorator: a click command whose words all go to Hydra, with `--backend NAME` as a flag."""

    def decorate(function):
        command = main.command(name, short_help=help, **HYDRA)
        backend = click.option("--backend", help="The same as backend=NAME.")
        words = click.argument("overrides", nargs=-1, type=click.UNPROCESSED)
        return command(words(backend(function)))

    return decorate


def run(command, overrides, backend):
    """Hand a command's words to Hydra: the function is netkit.commands.NAME.NAME."""
    from netkit import configs

    overrides = ([f"backend={backend}"] if backend else []) + list(overrides)
    configs.run_hydra(command, getattr(importlib.import_module(f"netkit.commands.{command}"), command), overrides)


@hydra_command("train", "Train a net: netkit train arch=lenet5 [NAME=VALUE ...]")
def train(overrides, backend):
    run("train", overrides, backend)


@hydra_command("detect", "Classify images: netkit detect weights=FILE [input=FILE|DIR|GLOB]")
def detect(overrides, backend):
    run("detect", overrides, backend)


@main.command(short_help="Print a net's layers, shapes, weights and multiply-adds.")
@click.argument("overrides", nargs=-1, type=click.UNPROCESSED)
def summary(overrides):
    """Print the layers of a net, as `netkit train` with the same words would build it."""
    from netkit import configs
    from netkit.commands.describe import summary

    click.echo(summary(configs.compose("train", overrides)))


@main.command(short_help="List everything registered, and the plugin that brought it.")
def plugins():
    """List every layer, dataset, energy, optimizer, visualizer and backend, and the plugins that did not load."""
    from netkit.commands.describe import plugins

    click.echo(plugins())


@main.command("import-conf", short_help="Translate a configuration of EBLearn: netkit import-conf FILE.conf")
@click.argument("file", type=click.Path())
@click.argument("assignments", nargs=-1)
@click.option("--out", default="imported", show_default=True, help="Folder for the arch and the run.")
def import_conf(file, assignments, out):
    """Write an EBLearn .conf file as a netkit arch and a run, and name what could not be carried over.

    ASSIGNMENTS are NAME=VALUE words that are read after the file, for the folders of this machine, say.
    """
    from netkit.commands.import_conf import import_conf

    for line in import_conf(file, out, assignments):
        click.echo(line)


@main.command(short_help="Download a data set: netkit data mnist")
@click.argument("name", type=click.Choice(["mnist", "fashion_mnist"]))
def data(name):
    """Download a data set to the user's cache, where `netkit train data=NAME` finds it."""
    from netkit.plugins.downloads import download

    click.echo(f"{name} is in {download(name)}")


if __name__ == "__main__":
    sys.exit(main())

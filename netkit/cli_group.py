"""The group of netkit's commands: those in files of their own, and those that plugins bring."""

import functools
import os
import pkgutil
import re
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from netkit.errors import NetkitError
from netkit.files.text import printable
from netkit.installed import leave_out
from netkit.interrupts import Terminated, terminating
from netkit.plugin_files import take_files

if TYPE_CHECKING:
    from netkit.registry import Registry

LAZY = {  # commands in files of their own, as plugins bring theirs: the help, "module:command"
    "bench": ("Measure speed, beside PyTorch where it is installed.", "netkit.bench.command:bench"),
    "completion": (
        "Complete words by the tab key: netkit completion bash|zsh|fish",
        "netkit.completion.command:command",
    ),
    "data": (
        "Download a data set, show or compile one: netkit data mnist",
        "netkit.cli_data:data",
    ),
    "new-plugin": (
        "Write a plugin to begin with, whose tests pass: netkit new-plugin my_layer",
        "netkit.new_plugin.command:command",
    ),
    "quantize": (
        "Turn a trained net into whole numbers of eight bits: netkit quantize RUN [TO]",
        "netkit.cli_quantize:quantize",
    ),
    "tune": (
        "Search settings: netkit tune 'tune.space={eta: log(1e-4,1e-1)}' arch=lenet5",
        "netkit.search.command:tune",
    ),
}


def with_folder(command: Callable[..., None]) -> Callable[..., None]:
    """Add --config-dir and --config-name to a click function; they become words of `overrides`."""

    @click.option("--config-dir", metavar="DIR", help="A folder with more configurations.")
    @click.option("--config-name", metavar="NAME", help="A file of it to begin with.")
    @functools.wraps(command)
    def taking(config_dir: str | None, config_name: str | None, **given: Any) -> None:
        flags = {"--config-dir": config_dir, "--config-name": config_name}
        words = [f"{flag}={value}" for flag, value in flags.items() if value is not None]
        command(**given | {"overrides": (*words, *given["overrides"])})

    return taking


# What click raises to print the help of a group without words; older releases print it themselves.
HELP: Any = getattr(click.exceptions, "NoArgsIsHelpError", ())


def usage(error: click.UsageError) -> str:
    """Return what is wrong with a command line in one line: what, and what to type instead."""
    text = " ".join(error.format_message().split()).rstrip(".")
    path = error.ctx.command_path.split(" ") if error.ctx else ["netkit"]
    command = " ".join(["netkit", *path[1:]])
    strange = re.match(r"No such command '(.*?)'(?:\. Did you mean (.*?)\?)?$", text)
    if strange and error.ctx and isinstance(error.ctx.command, click.Group):
        near = f"did you mean {command} {strange[2].strip(chr(39))}?" if strange[2] else ""
        known = error.ctx.command.list_commands(error.ctx)
        there = near or f"there are {', '.join(known)}"
        return f"{strange[1]}: there is no such command: {there}"
    missing = re.match(r"Missing argument '(.*?)'", text)
    text = f"{missing[1]} is missing" if missing else text[:1].lower() + text[1:]
    pieces = error.ctx.command.collect_usage_pieces(error.ctx) if error.ctx else []
    return f"{text}: write {' '.join([command, *pieces])}"


class Commands(click.Group):
    """A group with lazy and with plugins' commands, whose user errors end as one line.

    The line goes to standard error, and the exit code is 1.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take `-p no:NAME`, wherever it stands, and leave that plugin out; parse the rest."""
        rest = []
        try:
            args = take_files(args)
        except NetkitError as error:
            click.echo(f"netkit: {printable(error)}", err=True)
            ctx.exit(1)
        while args:
            word, *args = args
            value = args[0] if word == "-p" and args else word.removeprefix("-p")
            if not word.startswith("-p") or not value.startswith("no:"):
                rest.append(word)
                continue
            args = args[1:] if word == "-p" else args
            try:
                leave_out([value])
            except NetkitError as error:
                click.echo(f"netkit: {printable(error)}", err=True)
                ctx.exit(1)
        return super().parse_args(ctx, rest)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the words before a command; say in one line which of them is wrong."""
        try:
            return super().make_context(*args, **extra)
        except click.UsageError as error:
            if isinstance(error, HELP):
                raise
            click.echo(f"netkit: {printable(usage(error))}", err=True)
            raise click.exceptions.Exit(error.exit_code) from None

    @functools.cached_property
    def registry(self) -> "Registry":
        """What plugins bring, for `netkit --help` and commands that are not netkit's own."""
        from netkit.registry import Registry

        try:
            return Registry()
        except NetkitError:  # not installed, or a plugin's file is at fault: the help needs none
            return Registry(())

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, the plugins' too."""
        return sorted({*super().list_commands(ctx), *LAZY, *self.registry.short_help})

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, their names in colour where a terminal shows it."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        width = formatter.width - 6 - max(len(name) for name, _ in found)
        plain = "NO_COLOR" in os.environ
        rows = [
            (name if plain else click.style(name, fg="cyan"), one.get_short_help_str(width))
            for name, one in found
            if one is not None and not one.hidden
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command of this file; of another one its help alone, which imports nothing."""
        own = super().get_command(ctx, name)
        if own:
            return own
        if name in LAZY:
            return click.Command(name, short_help=LAZY[name][0])
        short = name.rpartition(":")[2]  # "plugin:name" where several bring one of that name
        if short not in self.registry.short_help:
            return None
        return click.Command(name, short_help=self.registry.short_help[short])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the name, the command itself and its words; here another file is imported."""
        name, command, words = super().resolve_command(ctx, args)
        if name in LAZY:
            command = pkgutil.resolve_name(LAZY[name][1])
        elif name is not None and name not in self.commands:
            command = self.registry.get("command", name)
            if not isinstance(command, click.Command):
                raise NetkitError(
                    f"command '{name}' is {command!r}: its plugin has to make it by click.command()"
                )
        return name, command, words

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; say in one line what was wrong, unless --debug asks for all of it."""
        debug = ctx.params.get("debug") or os.environ.get("HYDRA_FULL_ERROR")
        try:
            with terminating():
                return super().invoke(ctx)
        except BrokenPipeError:  # `netkit detect | head`: the reader has seen enough
            # Without a place to write to, Python's last flush fails with a message of its own.
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            ctx.exit(1)
        except click.UsageError as error:
            if isinstance(error, HELP):
                raise
            click.echo(f"netkit: {printable(usage(error))}", err=True)
            ctx.exit(error.exit_code)
        except NetkitError as error:
            if debug:
                raise
            click.echo(f"netkit: {printable(error)}", err=True)
            ctx.exit(1)
        except OSError as error:
            if debug:
                raise
            parts = error.filename, error.strerror or str(error)
            reason = ": ".join(str(each) for each in parts if each)
            click.echo(f"netkit: {printable(reason)}: choose another place", err=True)
            ctx.exit(1)
        except KeyboardInterrupt as error:
            terminated = isinstance(error, Terminated)
            said = str(error) or ("terminated" if terminated else "interrupted")
            click.echo(f"netkit: {printable(said)}", err=True)
            ctx.exit(143 if terminated else 130)  # 128 + the signal's number, as shells have it

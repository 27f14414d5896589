"""The group of commands in this process: how each way to fail ends, and plugins left out."""

import io

import click
import pytest
from click.testing import CliRunner

from netkit import cli_group
from netkit.cli import main
from netkit.commands.plugins import plugins
from netkit.errors import NetkitError
from netkit.interrupts import Terminated
from netkit.registry import Registry


@pytest.fixture(autouse=True)
def as_before(monkeypatch):
    """Nothing that a command line says of plugins is left behind, nor what the group has found."""
    for name in ("NETKIT_PLUGINS", "NETKIT_PLUGIN_FILES", "HYDRA_FULL_ERROR", "NO_COLOR"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    vars(main).pop("registry", None)
    yield
    vars(main).pop("registry", None)


def run(*words):
    return CliRunner().invoke(main, words)


def ending(monkeypatch, error, *flags):
    """Run a command that ends with an error."""

    def fail():
        raise error

    monkeypatch.setitem(main.commands, "fail", click.Command("fail", callback=fail))
    return run(*flags, "fail")


LOST = OSError(2, "No such file or directory", "/there/net.npz")
FULL = OSError("no space")
ENDINGS = [
    (NetkitError("eta=x: give a number"), 1, "netkit: eta=x: give a number\n"),
    (NetkitError("\x1b[31mred"), 1, "netkit: \\x1b[31mred\n"),
    (LOST, 1, "netkit: /there/net.npz: No such file or directory: choose another place\n"),
    (FULL, 1, "netkit: no space: choose another place\n"),
    (KeyboardInterrupt(), 130, "netkit: interrupted\n"),
    (KeyboardInterrupt("iteration 3 is kept"), 130, "netkit: iteration 3 is kept\n"),
    (Terminated(), 143, "netkit: terminated\n"),
    (click.UsageError("No such thing."), 2, "netkit: no such thing: write netkit"),
]


@pytest.mark.parametrize(("error", "code", "said"), ENDINGS, ids=lambda v: str(v)[:20])
def test_every_failure_ends_as_a_line_and_a_code(monkeypatch, error, code, said):
    done = ending(monkeypatch, error)
    assert done.exit_code == code
    assert done.output.startswith(said)
    assert done.output.count("\n") == 1


def test_a_reader_that_has_seen_enough_is_told_nothing(monkeypatch):
    """`netkit runs | head`: what is still to be written goes nowhere."""
    nowhere = io.StringIO()
    monkeypatch.setattr(cli_group, "open", lambda *_: nowhere, raising=False)
    done = ending(monkeypatch, BrokenPipeError())
    assert (done.exit_code, done.output) == (1, "")


@pytest.mark.parametrize("error", [NetkitError("eta=x: give a number"), LOST])
def test_debug_shows_where_it_failed(monkeypatch, error):
    assert ending(monkeypatch, error, "--debug").exception is error
    monkeypatch.setenv("HYDRA_FULL_ERROR", "1")
    assert ending(monkeypatch, error).exception is error


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-p", "no:netkit"], "-p no:netkit: netkit's own layers and data sets cannot be left out"),
        (["-pno:netkit"], "-p no:netkit: netkit's own layers and data sets cannot be left out"),
        (["-p", "acme"], "-p 'acme': write -p no:NAME to leave the plugin NAME out"),
        (["-p", "no:acme"], "-p no:acme: there is no plugin acme: there are eblearn, netkit"),
        (["plugins=nowhere.py"], "plugins=nowhere.py: there is no such file: name a .py file"),
    ],
)
def test_a_plugin_that_is_not_there(words, said):
    done = run(*words, "plugins")
    assert done.exit_code == 1
    assert done.output.startswith(f"netkit: {said}")
    assert done.output.count("\n") == 1


@pytest.mark.parametrize("words", [["-p", "no:eblearn"], ["-pno:eblearn"]])
def test_a_plugin_is_left_out_wherever_the_word_stands(words):
    assert "import-conf" in run("--help").output
    vars(main).pop("registry")
    for line in ([*words, "plugins"], ["plugins", *words]):
        done = run(*line)
        assert done.output.splitlines()[-1] == "plugin 'eblearn' is left out"
        assert " eblearn" not in done.output.partition("plugin 'eblearn'")[0]
    assert "import-conf" not in run(*words, "--help").output


def test_the_help_needs_no_plugins(monkeypatch):
    """A plugin that cannot be read, or that is not there, leaves netkit's own commands."""
    monkeypatch.setenv("NETKIT_PLUGINS", "no:acme")
    said = run("--help")
    assert said.exit_code == 0
    assert "\n  train " in said.output
    assert "there are eblearn, netkit" in run("plugins").output


def test_the_help_of_a_terminal_is_in_colour_unless_it_is_unwanted(monkeypatch):
    context = click.Context(main)
    shown = click.HelpFormatter(width=90)
    main.format_commands(context, shown)
    assert "\x1b[36mtrain\x1b[0m" in shown.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain = click.HelpFormatter(width=90)
    main.format_commands(context, plain)
    assert click.unstyle(shown.getvalue()) == plain.getvalue()


def test_a_plugin_whose_command_is_no_command(monkeypatch):
    known = Registry()
    known.found["command"]["greet"] = {"acme": print}
    known.short_help["greet"] = "Say hello."
    monkeypatch.setitem(vars(main), "registry", known)
    assert "Say hello." in run("--help").output
    for name in ("greet", "acme:greet"):
        done = run(name)
        assert done.exit_code == 1
        assert done.output == (
            f"netkit: command '{name}' is <built-in function print>: its plugin has to make it "
            "by click.command()\n"
        )


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        (
            "conv",
            [
                "kernel    a whole number from 1, or two as [height, width]  must be given",
                "stride    a whole number from 1, or two as [height, width]  1",
                "bias      true or false  ",
                "  NAME: {type: conv, out: 4, kernel: 3}",
            ],
        ),
        (
            "branch",
            [
                "layers    a mapping  ",
                "join      one of concat, sum, flat  ",
                "  NAME: {type: branch,",
            ],
        ),
        ("chain", ["layers    a mapping  ", "  NAME: {type: chain, layers: {...}}"]),
        ("results", ["show: {NAME: {type: results"]),
        ("cross_entropy", ["as a run's energy:\n  energy: {type: cross_entropy}"]),
        ("batchnorm", ["a number "]),
    ],
)
def test_an_entry_says_what_it_takes(name, lines):
    said = plugins(name)
    squeezed = " ".join(said.split())
    for line in lines:
        assert " ".join(line.split()) in squeezed, said

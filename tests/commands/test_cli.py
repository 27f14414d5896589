"""The front itself: every command has a help, and starts quickly."""

import sys

import click
import pytest

from netkit.cli import main

COMMANDS = main.list_commands(click.Context(main))


def test_commands_are_listed(cli):
    text = cli("--help").stdout
    listed = [
        line.split()[0] for line in text.partition("Commands:")[2].splitlines() if line[2:3].strip()
    ]
    assert listed == COMMANDS
    assert {"train", "classify", "detect", "evaluate", "import-conf", "report"} <= {*listed}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_help(cli, name):
    assert "netkit" in cli(name, "--help").stdout


def test_what_the_help_imports():
    """Nothing that takes time: neither numpy nor Hydra nor a plugin's own modules."""
    import subprocess

    run = "import sys; from netkit.cli import main; main(['--help'], standalone_mode=False)\n"
    run += "print([m for m in ('numpy', 'hydra', 'netkit.plugins.datasets') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", run], capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_data_sets_to_download():
    from netkit.plugins.datasets.downloads import SETS

    _, data, _ = main.resolve_command(None, ["data"])
    assert set(data.commands) == {*SETS, "compile", "show"}


def test_variables_of_another_choice_have_no_effect(cli):
    words = "arch=linear", "train_size=64", "val_size=10", "iterations=1"
    done = cli("train", *words, "bootstrap=true")
    assert done.stderr == (
        "netkit: bootstrap has no effect with this data: "
        "use data=digits_background or data=windows\n"
    )


def test_an_argument_that_its_yaml_does_not_list(cli):
    """A part takes whatever its constructor takes; flat variables reach it, its own words win."""
    words = "--cfg", "job", "optimizer.warmup=0.3", "data.bias=3"
    text = cli("train", *words).stdout
    assert "warmup: 0.3" in text.partition("optimizer:")[2]
    wrong = cli("train", "optimizer.etaa=1", code=1).stderr
    assert "takes no etaa: did you mean eta" in wrong


def test_settings_reach_the_parts(registry):
    from netkit.build.parts import make_part
    from netkit.config.compose import compose

    cfg = compose("train", ["optimizer=sgd", "eta=0.5", "inertia=0.2", "reg=0.1"])
    optimizer = make_part(registry, "optimizer", cfg)
    assert (optimizer.eta, optimizer.inertia, optimizer.reg_l2) == (0.5, 0.2, 0.1)
    for name in ("sgd", "nesterov", "rmsprop", "sdlm"):  # momentum is another word for inertia
        named = compose("train", [f"optimizer={name}", "momentum=0.3"])
        assert make_part(registry, "optimizer", named).inertia == 0.3
    cfg["optimizer"]["eta"] = 0.25  # as older configurations have it
    assert make_part(registry, "optimizer", cfg).eta == 0.25


UNREADABLE = [  # more in test_mistakes.py
    ("detect", "weights=./~t", "weights=./~t: cannot be read: put the value in quotes: 'weights="),
    ("train", "lenet5", "lenet5: is no setting: write arch=lenet5"),
]


@pytest.mark.parametrize(("command", "word", "said"), UNREADABLE)
def test_words_that_hydra_cannot_read(cli, command, word, said):
    """The word, what is wrong with it and what to type, and nothing of Hydra's own."""
    error = cli(command, word, code=1).stderr
    assert error.startswith(f"netkit: {said}")
    assert error.count("\n") == 1
    assert "ydra" not in error

"""What the tab key offers, and the help of a command: made of the YAML, so that it is true."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from terminals import terminal_of

from netkit.cli import main
from netkit.completion.candidates import candidates
from netkit.completion.scripts import SCRIPTS
from netkit.config.help import help_text, opening, sections_of
from netkit.errors import NetkitError
from netkit.words.groups import CONF, choices_of, defaults_of

NAMES = ["train", "table", "report"]
CONFIGURED = "train", "classify", "detect", "evaluate", "explain", "audit"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("netkit t", ["table", "train"]),
        ("netkit ", ["report", "table", "train"]),
        ("netkit train arch=lenet5_", ["arch=lenet5_eblearn", "arch=lenet5_modern"]),
        ("netkit train +arch=lenet5_m", ["+arch=lenet5_modern"]),
        ("netkit train arch.layers.c", [f"arch.layers.c{k}." for k in (0, 2, 5)]),
        ("netkit train arch=mlp arch.layers.f0.o", ["arch.layers.f0.out="]),
        ("netkit train ~arch.layers.wstd", ["~arch.layers.wstd0.", "~arch.layers.wstd2."]),
        ("netkit train show_tra", ["show_train=", "show_train_ninternals="]),
        ("netkit train show_train=", ["show_train=false", "show_train=true"]),
        ("netkit train eta=1 itera", ["iterations="]),
        ("netkit --debug train itera", ["iterations="]),
        ("netkit train 'itera", []),  # of a quote that is open the shell knows more
        ("netkit detect weights=l", ["weights=latest"]),
        ("netkit classify input=pic", ["input=pictures/"]),
        ("netkit train arch=min", ["arch=mine.yaml"]),
        ("netkit train --multi", ["--multirun"]),
        ("netkit train --cfg ", ["all", "hydra", "job"]),
        ("netkit train --help optim", ["optimizer"]),
        ("netkit plugins cross", ["cross_entropy"]),
        ("netkit report lat", ["latest"]),
        ("netkit table fi", []),
    ],
)
def test_candidates(tmp_path, monkeypatch, line, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pictures").mkdir()
    (tmp_path / "mine.yaml").touch()
    assert candidates(line, NAMES) == said


def test_the_script_of_bash(tmp_path):
    """Bash itself completes a line, also behind an =, at which it divides words."""
    assert set(SCRIPTS) == {"bash", "zsh", "fish"}
    text = CliRunner().invoke(main, ["completion", "bash"]).output
    for line, said in (
        ("netkit tra", "train"),
        ("netkit train arch=lenet5_m", "lenet5_modern"),
        ("netkit train arch=mlp arch.layers.f1.bi", "arch.layers.f1.bias="),
    ):
        typed = f'COMP_LINE="{line}" COMP_POINT={len(line)}'
        code = f'{typed}; _netkit_complete 2>/dev/null; echo "${{COMPREPLY[@]}}"'
        words = ["bash", "-c", f"{text}\n{code}"]
        done = subprocess.run(
            words, capture_output=True, text=True, cwd=tmp_path, env=with_netkit()
        )
        assert done.stdout.split() == [said], done.stderr


LINES = [  # what is typed, and what fish and zsh make of its last word
    ("netkit train arch=lenet5_m", "arch=lenet5_modern"),
    ("netkit train arch=mlp arch.layers.f1.bi", "arch.layers.f1.bias="),
    ("netkit table mi", "mine.yaml"),  # a file, where netkit has no word
]


@pytest.mark.skipif(not shutil.which("fish"), reason="needs fish: apt-get install fish")
def test_the_script_of_fish(tmp_path):
    """Fish itself says what it would complete a line with."""
    (tmp_path / "mine.yaml").touch()
    lines = [f"complete -C {shlex.quote(line)}; echo ." for line, _ in LINES]
    code = "\n".join(["netkit completion fish | source", *lines])
    words = ["fish", "--no-config", "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path, env=with_netkit())
    said = [part.strip() for part in done.stdout.split("\n.\n")[:-1]]
    assert said == [made for _, made in LINES], done.stderr


@pytest.mark.skipif(not shutil.which("zsh"), reason="needs zsh: apt-get install zsh")
def test_the_script_of_zsh(tmp_path):
    """Zsh on a terminal completes a line by the tab key."""
    (tmp_path / "mine.yaml").touch()
    begin = "PS1='> '; autoload -Uz compinit && compinit -u -D; "
    begin += 'eval "$(netkit completion zsh)"; echo rea""dy'
    with terminal_of(["zsh", "-f", "-i"], tmp_path, with_netkit()) as shell:
        shell.type(begin + "\n")
        shell.until("ready")
        for line, made in LINES:
            shell.type("\x15" + line + "\t")  # Ctrl-U takes away the line before
            shell.until(made)


def with_netkit():
    """The environment in which a shell finds the netkit of these tests."""
    place = Path(sys.executable).parent
    return os.environ | {"PATH": f"{place}{os.pathsep}{os.environ['PATH']}", "TERM": "xterm"}


@pytest.mark.parametrize("command", CONFIGURED)
def test_the_help_has_every_variable_and_group(command):
    """With its default and the comment beside it, in the order of the file."""
    text = help_text(command)
    assert text.startswith(opening(command))
    held = yaml.safe_load((CONF / f"{command}.yaml").read_text())
    rows = {row.name: row for part in sections_of(command).values() for row in part}
    assert {name for name in held if name not in ("defaults", "hydra")} <= set(rows)
    for name, row in rows.items():
        assert f"\n  {name} " in text
        if name in held:
            assert yaml.safe_load(row.default) == held[name]
    for group in defaults_of(command):
        assert f"\n  {group} " in text
    assert "ydra" not in text.replace("conf/", "")
    assert max(map(len, text.splitlines())) <= 121
    assert "\x1b[" not in text
    assert "\x1b[1m" in help_text(command, colour=True)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("data", ["data=CHOICE", "folder ", "Your own images", "train_size "]),
        ("optimizer=sgd", ["optimizer=sgd", "momentum: 0.9"]),
        ("early_stopping", ["stop after so many iterations"]),
        ("eta", ["optimizer=sgd", "eta: 1.0e-2"]),
        ("tests", ["no_testing_test", "early_stopping"]),
        ("lenet5", ["arch=lenet5", "kernel: 5"]),
    ],
)
def test_help_on_one_thing(topic, said):
    text = help_text("train", ["--help", topic, "iterations=3"])
    for each in said:
        assert each in text
    assert "show_hsample" not in text


def test_help_on_nothing_there():
    with pytest.raises(NetkitError, match=r"--help epochs: .* in netkit it is iterations"):
        help_text("train", ["--help", "epochs"])
    with pytest.raises(NetkitError, match="arch=lenet: there is no such arch: did you mean lenet5"):
        help_text("train", ["arch=lenet"])
    assert all(choices_of(group) for group in defaults_of("train"))

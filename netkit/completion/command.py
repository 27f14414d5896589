"""netkit completion, as click has it."""

import click

from netkit.completion.candidates import candidates
from netkit.completion.scripts import SCRIPTS


@click.command("completion")
@click.argument("shell", type=click.Choice([*SCRIPTS, "words"]), metavar="[bash|zsh|fish]")
@click.argument("line", required=False, default="")
@click.pass_context
def command(ctx: click.Context, shell: str, line: str) -> None:
    """Print what makes the tab key complete netkit's words: eval "$(netkit completion bash)".

    Commands, groups and their choices, variables, layers and their arguments, runs and files. The
    script asks `netkit completion words -- LINE`, which prints a word a line.
    """
    if shell != "words":
        click.echo(SCRIPTS[shell], nl=False)
        return
    root = ctx.find_root()
    names = root.command.list_commands(root) if isinstance(root.command, click.Group) else []
    for word in candidates(line, names):
        click.echo(word)

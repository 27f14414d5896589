"""netkit quantize, as click has it."""

import click


@click.command()
@click.argument("source")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[TO] [NAME=VALUE]...")
def quantize(source: str, words: tuple[str, ...]) -> None:
    """Write the net of SOURCE, weights or the folder of a run, in whole numbers of eight bits.

    TO is a .safetensors or .npz file; int8.safetensors beside the weights if not given. It answers
    wherever weights do: classify, detect, evaluate, convert. Words: calibration=data, the images it
    was trained on, or calibration=FOLDER; images=256; percentile=99.99. What each layer loses is
    printed.
    """
    from netkit.commands.quantize import quantize
    from netkit.config.compose import compose

    files = [word for word in words if "=" not in word]
    if len(files) > 1:
        raise click.UsageError(f"{' '.join(files)}: one file to write")
    settings = compose("quantize", [word for word in words if "=" in word])
    click.echo(quantize(source, files[0] if files else None, settings))

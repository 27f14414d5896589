"""netkit tune, as click has it."""

import click


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def tune(words: tuple[str, ...]) -> None:
    """Search settings: each trial is a run of `netkit train`, chosen by those before it (Optuna).

    WORDS are those of netkit train, and

    \b
    tune.space      '{eta: log(1e-4,1e-1), arch.layers.c0.out: int(6,32), optimizer: [adam,sgd]}',
                    or a .yaml file of it; nested: {optimizer: {adam: {eta: log(1e-4,1e-2)}, sgd: }}
    tune.trials     how many in all (100)
    tune.processes  how many processes to start here (1)
    tune.folder     of the search; one under searches/ that the words name, if not given
    tune.pruner     median: what is worse than half of the others ends early; none
    tune.sampler    tpe, random
    tune.seed       another one chooses other trials (0)

    The same line again, in another terminal or on another machine with the same folder, joins the
    search, or goes on with one that was ended. docs/machines.md
    """
    from netkit.search.run import tune

    tune(words)

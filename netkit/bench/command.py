"""netkit bench, as click has it."""

import click


@click.command()
@click.option("--backend", default="auto", help="The backend to measure.")
@click.option(
    "--work",
    default="all",
    help="lenet5, conv64, job, archs, detection, demo: some with commas between, or all.",
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
@click.option(
    "--against",
    default="all",
    help="torch, jax, onnxruntime, openvino: some, none, or all that are installed.",
)
@click.option("--output", type=click.Path(dir_okay=False), help="A JSON file for all the results.")
def bench(
    backend: str,
    work: str,
    threads: int | None,
    rounds: int,
    seconds: float,
    compiled: bool,
    against: str,
    output: str | None,
) -> None:
    """Time training, inference, detection and whole jobs, in turns with other frameworks."""
    from netkit.bench.run import bench, checked

    bench(
        backend,
        checked(work),
        threads,
        rounds=rounds,
        seconds=seconds,
        compiled=compiled,
        against=against,
        output=output,
    )

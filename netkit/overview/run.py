"""A training run in few lines, before it begins: data, net, weights, folder."""

import textwrap
from typing import TYPE_CHECKING

from netkit.files.text import printable
from netkit.overview.data import Line, data_lines

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


def run_lines(trainer: "Trainer") -> list[Line]:
    """Return what a run trains, on what, and where it is kept: (word, text) a line."""
    lines = data_lines(trainer.dataset, data_name(trainer))
    config = trainer.meta.get("config", {})
    parts = [f"{part} {config[part]['type']}" for part in ("energy", "optimizer") if part in config]
    size = f"{trainer.net.values.size:,} weights"
    lines.append(("net", f"{trainer.name}: {', '.join([size, *parts])}"))
    if first := trainer.net.layers.get("augment"):
        lines.append(("augment", ", ".join(first.layers)))
    lines += trainer.rates.lines()
    sampling, samples = trainer.sampling, len(trainer.dataset.train)
    times = sampling.times(trainer.dataset.train.labels) if sampling.epoch_mode == 1 else 1
    if times > 1:
        updates = -(-trainer.samples_per_iteration // trainer.batch_size)
        text = f"{times} over the {samples:,} images make an iteration of {updates:,} updates"
        lines.append(("passes", text))
    lines.append(("run", printable(trainer.folder)))
    return lines


def data_name(trainer: "Trainer") -> str:
    """Return what a run's data set is called: its type, and its folder if one is named."""
    config = trainer.meta.get("config", {})
    name = config.get("data", {}).get("type", type(trainer.dataset).__name__.lower())
    root = config.get("data", {}).get("root") or config.get("root")
    return f"{name} {printable(root)}" if root else str(name)


def aligned(lines: list[Line], columns: int | None = None) -> str:
    """Return lines as text, their words in a column of their own.

    columns: longer ones are broken, and go on below their text; None breaks none.
    """
    wide = max(len(word) for word, _ in lines)
    rows = [f"{word:{wide}}  {text}" for word, text in lines]
    if columns is None or columns < wide + 20:
        return "\n".join(rows)
    below = " " * (wide + 2)
    return "\n".join(
        textwrap.fill(row, columns, subsequent_indent=below, break_on_hyphens=False)
        if len(row) > columns
        else row
        for row in rows
    )

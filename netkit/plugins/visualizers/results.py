"""Results: one line an iteration in results.csv."""

import csv
from io import StringIO
from typing import TYPE_CHECKING

from netkit.files import lasting, write_beside
from netkit.files.text import csv_cell
from netkit.visualizer import Visualizer

if TYPE_CHECKING:
    from netkit.training.trainer import Trainer


class Results(Visualizer):
    """Write the results of all iterations to results.csv after each of them."""

    def iteration(self, trainer: "Trainer") -> None:
        text = StringIO()
        table = csv.writer(text)
        table.writerow(map(csv_cell, trainer.row))
        for row in trainer.rows:
            table.writerow(csv_cell(row.get(name, "")) for name in trainer.row)
        with lasting():
            write_beside(trainer.folder / "results.csv", text.getvalue().encode())

"""Results: one line an iteration in results.csv."""

import csv
from io import StringIO

from netkit.files import write_beside
from netkit.visualizer import Visualizer


class Results(Visualizer):
    """Write the results of each iteration to results.csv in the run folder, whole at every
    moment.
    """

    def iteration(self, trainer):
        text = StringIO()
        table = csv.DictWriter(text, trainer.row)
        table.writeheader()
        table.writerows(trainer.rows)
        write_beside(trainer.folder / "results.csv", text.getvalue().encode())

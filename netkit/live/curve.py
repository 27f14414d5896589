"""Curve: what each update of a run met, however many there are, in a bounded number of points."""

MOST = 1000  # points; of more, two neighbours become one


class Curve:
    """The mean energy and the percentage of right answers of each update, or of so many at a time.

    first: updates that were done before it began.  every: updates that a point is the mean of.
    """

    def __init__(self, first: int = 0) -> None:
        self.first = first
        self.every = 1
        self.energy: list[float] = []
        self.correct: list[float] = []
        self.open = 0  # updates in the point that is being filled
        self.sums = [0.0, 0.0]

    def add(self, energy: float, correct: float) -> None:
        """Take what the next update met."""
        self.open += 1
        self.sums[0] += energy
        self.sums[1] += correct
        if self.open == self.every:
            self.energy.append(self.sums[0] / self.every)
            self.correct.append(self.sums[1] / self.every)
            self.open, self.sums = 0, [0.0, 0.0]
            if len(self.energy) == MOST:
                self.every *= 2
                self.energy = halved(self.energy)
                self.correct = halved(self.correct)

    def facts(self) -> dict[str, object]:
        """Return it as JSON has it."""
        return {
            "first": self.first,
            "every": self.every,
            "energy": list(self.energy),
            "correct": list(self.correct),
        }


def halved(values: list[float]) -> list[float]:
    """Return the means of neighbours, of an even number of values."""
    return [(a + b) / 2 for a, b in zip(values[::2], values[1::2], strict=True)]

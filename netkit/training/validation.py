"""Validation: what is tested after an iteration, and when that says to stop."""

from netkit.errors import NetkitError, flag


class Validation:
    """The tests after each iteration.

    no_training_test: energy and correct of a row are as met during the iteration; without it, the
    training samples are tested anew after it, as EBLearn does. no_testing_test: the validation
    samples are not tested, and a row has no test_energy and test_correct.  max_testing: test on the
    first so many samples only; 0: all. early_stopping: stop after so many iterations without a
    better test_correct; null: never.
    """

    def __init__(
        self, no_training_test=True, no_testing_test=False, max_testing=0, early_stopping=None
    ):
        for name, value, least in (
            ("max_testing", max_testing, 0),
            ("early_stopping", early_stopping, 1),
        ):
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, int) or value < least
            ):
                raise NetkitError(f"{name}={value}: give a whole number from {least}")
        self.no_training_test = flag("no_training_test", no_training_test)
        self.no_testing_test = flag("no_testing_test", no_testing_test)
        if early_stopping and self.no_testing_test:
            raise NetkitError(
                f"early_stopping={early_stopping}: needs the tests that no_testing_test=true leaves out"
            )
        self.max_testing, self.early_stopping, self.tested = (
            max_testing or None,
            early_stopping,
            None,
        )

    def row(self, trainer, energy, correct):
        """Return the results of an iteration, {name: number}, of which energy and correct were met
        during it.
        """
        row = {"energy": energy, "correct": correct}
        if not self.no_training_test:
            row = dict(zip(row, self.test(trainer, trainer.dataset.train), strict=True))
        if not self.no_testing_test:
            row["test_energy"], row["test_correct"] = self.test(trainer, trainer.dataset.val)
            trainer.tested = self.tested
        return row

    def test(self, trainer, samples):
        """Return the mean energy and the percentage of right answers over some samples."""
        samples = type(samples)(
            samples.images[: self.max_testing], samples.labels[: self.max_testing]
        )
        energies, answers = trainer.answers(samples)
        self.tested, n = (samples, energies, answers), max(1, len(energies))
        return float(energies.sum()) / n, 100 * int((answers == samples.labels).sum()) / n

    def best(self, rows):
        """Return whether the last row is the best so far; without tests, the last always is."""
        return rows[-1].get("test_correct", 0) >= max(row.get("test_correct", 0) for row in rows)

    def stop(self, rows):
        """Return whether the iterations since the best row are as many as early_stopping allows."""
        if not self.early_stopping or not rows:
            return False
        results = [row["test_correct"] for row in rows]
        return len(results) - 1 - results.index(max(results)) >= self.early_stopping

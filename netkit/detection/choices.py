"""Choices that are given by EBLearn's number or by their name, such as nms=3 or voting_overlap."""

from typing import Any

from netkit.checks import OneOf


class Numbered(OneOf):
    """One of several choices, given as a number or as a name, always taken as the number.

    values: (number, name) of each choice, as in Numbered(((0, "none"), (1, "all"))).
    """

    def take(self, value: Any) -> int:
        """Return the number of a choice, or raise ValueError. True and false are no numbers."""
        for number, name in self.values:
            if value in (number, name) and not isinstance(value, bool):
                return int(number)
        raise ValueError

    def name(self, number: int) -> str:
        """Return the name of a choice."""
        return str(dict(self.values)[number])

    def __str__(self) -> str:
        return ", ".join(f"{number} ({name})" for number, name in self.values)

"""A shaped plan as calls of the operators in C."""

from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np

from netkit.errors import NetkitError
from netkit.export.c.kinds import KINDS
from netkit.export.graph import Operator
from netkit.export.plan import Plan
from netkit.export.shapes import SPREADS
from netkit.types import Array, Shape

NEEDS = {  # the files of operators/ that one is written with
    "conv": ("window",),
    "depthwise": ("window",),
    "tanh": ("tanh_of",),
    "sigmoid": ("tanh_of",),
    "maxpool": ("pool",),
    "avgpool": ("pool",),
    **{name.lower(): ("spread",) for name in SPREADS - {"Sum"}},
}


@dataclass
class Call:
    """A step of the net in C.

    text: lines, in which {y}, {x0}, {x1} ... and {strip} stand for places in memory.  y: the value
    that it makes.  x: those that it takes.  in_place: y lies where x0 did.  strip: numbers of
    memory that it needs while it runs.  uses: files of operators/.  operators: what it does.
    """

    text: list[str]
    y: str
    x: list[str]
    operators: list[Operator]
    uses: set[str] = field(default_factory=set)
    in_place: bool = False
    strip: int = 0


class Calls:
    """The calls of a plan in order, and the constants that they name."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.constants: dict[str, Array] = {}
        self.calls: list[Call] = []
        self.done: set[int] = set()  # operators that an earlier call does too
        for operator in plan.operators:
            if id(operator) not in self.done:
                self.take(operator)

    def take(self, operator: Operator) -> None:
        """Append the call of an operator; or raise NetkitError, naming its layer."""
        make = KINDS.get(operator.kind)
        made = make(self, operator) if make else None
        if made is None:
            raise NetkitError(
                f"{operator.layer}: the operator {operator.kind} as it stands there is not written "
                "in C: take another layer, or convert to .onnx"
            )
        self.calls += made

    @staticmethod
    def call(
        text: list[str],
        y: str,
        x: list[str],
        operators: list[Operator],
        uses: set[str],
        **more: Any,
    ) -> Call:
        """Return a Call, with the files that its files need."""
        needed = {need for use in uses for need in NEEDS.get(use, ())}
        return Call(text, y, x, operators, uses | needed, **more)

    def constant(self, array: Array) -> str:
        """Return the name of a constant array in C."""
        numbers = np.ascontiguousarray(array, np.float32).ravel()
        for name, there in self.constants.items():
            if there.tobytes() == numbers.tobytes():
                return name
        name = f"net_w{len(self.constants)}"
        self.constants[name] = numbers
        return name

    def shape(self, name: str) -> Shape:
        """Return (H, W, C) of a value or of a constant that is spread over maps."""
        maps, high, wide = (
            self.plan.arrays[name].shape if name in self.plan.arrays else self.plan.shapes[name]
        )
        return high, wide, maps

    def is_last(self, x: str, operator: Operator) -> bool:
        """Return whether nobody takes x after an operator, so that its memory may be written."""
        users = [id(user) for user in self.plan.users(x)]
        return x not in (self.plan.input, self.plan.output) and users[-1] == id(operator)

    def in_place(self, operator: Operator, text: str, *uses: str) -> list[Call]:
        """Return a call that changes {y}, which holds the operator's first input, in place."""
        x, y, n = operator.inputs[0], operator.output, prod(self.plan.shapes[operator.output])
        calls = []
        if not self.is_last(x, operator):
            copy = self.call([f"net_join({{x0}}, {{y}}, 1, {n}, 0);"], y, [x], [], {"join"})
            calls, x = [copy], y
        return [*calls, self.call([text], y, [x], [operator], set(uses), in_place=True)]

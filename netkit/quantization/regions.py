"""What of a plan becomes one step: contrast normalisation, and what depends on one number alone."""

from dataclasses import dataclass
from math import prod

import numpy as np

from netkit.errors import NetkitError
from netkit.export.graph import Operator
from netkit.export.plan import Plan
from netkit.export.reference import KINDS
from netkit.types import Array

ONE = ["Input", "Identity", "Tanh", "Sigmoid", "Relu", "Softplus", "Abs", "Sign"]
POINT = frozenset([*ONE, "Exp", "Log", "Sqrt", "Neg"])
# pointwise beside constants
SPREAD = frozenset(["Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "Sum"])
ENDS = frozenset(("Softmax", "LogSoftmax"))  # only behind the last convolution


@dataclass
class Contrast:
    """A contrast normalisation in a plan: its input, output, windows (kh, kw) and numbers."""

    x: str
    output: str
    layer: str
    mean: Array
    deviation: Array
    epsilon: float
    threshold: bool
    floor: float


class Regions:
    """The values of a plan that are functions of one other number each, and of which.

    root[v]: the value that v is a function of, place by place; itself for what an operator makes
    from several numbers.  contrasts: {output: Contrast}; what is inside one is left out.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.makers = {each.output: each for each in plan.operators}
        self.contrasts = {c.output: c for c in map(self.contrast, plan.operators) if c}
        self.root = {plan.input: plan.input}
        for operator in plan.operators:
            self.root[operator.output] = self.root_of(operator)

    def root_of(self, operator: Operator) -> str:
        """Return what an operator's output is a function of, place by place."""
        if operator.kind not in POINT | SPREAD or operator.output in self.contrasts:
            return operator.output
        values = {self.root[x] for x in operator.inputs if x not in self.plan.arrays}
        arrays = [self.plan.arrays[x] for x in operator.inputs if x in self.plan.arrays]
        same = len(values) == 1 and all(a.ndim < 2 or prod(a.shape[-2:]) == 1 for a in arrays)
        root = next(iter(values)) if same else operator.output
        if same and self.plan.shapes[root] != self.plan.shapes[operator.output]:
            return operator.output
        return root

    def between(self, root: str, value: str) -> list[Operator]:
        """Return the operators that make a value of its root, in order."""
        wanted: set[str] = set()
        ahead = [value]
        while ahead:
            name = ahead.pop()
            if name != root and name in self.makers and name not in wanted:
                wanted.add(name)
                ahead += self.makers[name].inputs
        return [each for each in self.plan.operators if each.output in wanted]

    def function(self, root: str, value: str, x: Array) -> Array:
        """Return a value for its root x (N, C, H, W), float64."""
        made = {root: x}
        with np.errstate(all="ignore"):
            for each in self.between(root, value):
                given = [made.get(name, self.plan.arrays.get(name)) for name in each.inputs]
                made[each.output] = KINDS[each.kind](each, *given)
        return made[value]

    def by_map(self, root: str, value: str) -> bool:
        """Return whether a value's function differs from map to map."""
        names = {name for each in self.between(root, value) for name in each.inputs}
        return any(self.plan.arrays[name].size > 1 for name in names & self.plan.arrays.keys())

    def limits(self, root: str, value: str) -> tuple[float, float] | None:
        """Return (least, most) where a value is its root clipped to them, else None."""
        low, high = -np.inf, np.inf
        for each in self.between(root, value):
            kept = [self.plan.arrays[x] for x in each.inputs if x in self.plan.arrays]
            if each.kind == "Relu":
                kept = [np.zeros(1)]
            elif each.kind not in ("Max", "Min") or len(kept) != 1 or kept[0].size != 1:
                return None
            number = float(kept[0].reshape(()) if kept[0].size == 1 else 0)
            if each.kind == "Min":
                low, high = min(low, number), min(high, number)
            else:
                low, high = max(low, number), max(high, number)
        return low, high

    def contrast(self, operator: Operator) -> Contrast | None:
        """Return the contrast normalisation that a Div ends, if it is one."""
        if operator.kind != "Div":
            return None
        v, divisor = operator.inputs
        floor, threshold = 0.0, False
        made = self.makers.get(divisor)
        if made and made.kind == "Max" and made.inputs[1] in self.plan.arrays:
            floor = float(self.plan.arrays[made.inputs[1]].reshape(-1)[0])
            made = self.makers.get(made.inputs[0])
        if made and made.kind == "Max":
            threshold = True
            least = self.makers.get(made.inputs[1])
            if least is None or least.kind != "ReduceMean" or least.inputs[0] != made.inputs[0]:
                return None
            made = self.makers.get(made.inputs[0])
        chain = []
        for kind in ("Sqrt", "Add", "Max", "Conv", "Mul"):
            if made is None or made.kind != kind:
                return None
            chain.append(made)
            made = self.makers.get(made.inputs[0])
        difference, squares = made, chain[4]
        if squares.inputs != [v, v] or difference is None or difference.kind != "Sub":
            return None
        blur = self.makers.get(difference.inputs[1])
        if blur is None or blur.kind != "Conv" or blur.inputs[0] != difference.inputs[0]:
            return None
        mean, deviation = self.window(blur), self.window(chain[3])
        epsilon = float(self.plan.arrays[chain[1].inputs[1]].reshape(-1)[0])
        return Contrast(
            blur.inputs[0],
            operator.output,
            operator.layer,
            mean,
            deviation,
            epsilon,
            threshold,
            floor,
        )

    def window(self, conv: Operator) -> Array:
        """Return the window (kh, kw) of a convolution that has the same for all maps."""
        w, b = (self.plan.arrays[name] for name in conv.inputs[1:])
        kh, kw = w.shape[2:]
        around = (kh // 2, kw // 2, (kh - 1) // 2, (kw - 1) // 2)
        if len(w) != 1 or (w != w[:, :1]).any() or b.any() or conv.settings["pads"] != around:
            raise refused(conv, "contrast normalisation of each map by itself, or with a mirror")
        return w[0, 0]


def refused(operator: Operator, what: str = "") -> NetkitError:
    """Return the error for a layer that has no form in whole numbers."""
    what = what or f"the operator {operator.kind} there"
    return NetkitError(
        f"{operator.layer or operator.output}: {what} has no form in eight bits yet: take "
        "the layer out or another in its place, or keep the net in float32 (netkit convert)"
    )

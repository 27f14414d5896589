"""From a plan to a program of whole numbers, by what its values are over calibration images."""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np

from netkit.export.graph import Operator
from netkit.export.plan import Plan
from netkit.export.reference import values
from netkit.quantization.arithmetic import LEAST, MOST, PIXELS, Format
from netkit.quantization.errors import Row, of_step
from netkit.quantization.factors import clips
from netkit.quantization.making import KEEPING, MAKERS, floats, table
from netkit.quantization.native import quickest
from netkit.quantization.program import FINAL, Program, as_pixels
from netkit.quantization.ranges import Function, Ranges
from netkit.quantization.regions import ENDS, Contrast, Regions
from netkit.quantization.steps import Step
from netkit.types import Array

MEMORY = 1 << 29  # bytes of float32 values that are held at once
Anchor: TypeAlias = Operator | Contrast  # what makes numbers from several others


class Quantizer:
    """Make a Program of a folded plan.

    images: (N, C, H, W), 0..255, to calibrate on; as many are taken as half a GiB of values allows.
    ranges: how formats are chosen.  formats: those that training with quantize=true has found, by
    the full name of a layer; biases are then left as they were trained.  rows: once `program()` has
    returned, the error of every step.
    """

    def __init__(
        self,
        plan: Plan,
        images: Array,
        ranges: Ranges | None = None,
        formats: Mapping[str, Format] | None = None,
    ) -> None:
        each = sum(4 * int(np.prod(shape)) for shape in plan.shapes.values())
        images = images[: max(1, MEMORY // each)]
        self.plan = plan
        self.images = len(images)
        self.ranges = ranges or Ranges()
        self.corrects = formats is None  # whether biases are corrected
        given = (formats or {}).items()
        self.trained = {plan.layers[name]: each for name, each in given if name in plan.layers}
        self.regions = Regions(plan)
        self.real = values(plan, images)
        self.whole = {plan.input: as_pixels(images)}
        self.formats = {plan.input: PIXELS}
        self.names: dict[str, str] = {plan.input: plan.input}  # of the plan's values in the program
        self.steps: list[Step] = []
        self.quickest = quickest()
        self.rows: list[Row] = []
        self.inner: Step | None = None  # one that makes what the table behind it alone takes

    def program(self) -> Program:
        """Return the program; raise NetkitError, naming a layer that has no whole numbers."""
        last, tail = self.end()
        anchors = list(self.anchors(last))
        wanted: dict[str, list[str]] = {}
        for name in [*(name for anchor in anchors for name in self.taken(anchor)), last]:
            some = wanted.setdefault(self.regions.root[name], [])
            if name not in some:
                some.append(name)
        self.begin(wanted.get(self.plan.input, []))
        for anchor in anchors:
            if anchor.output == last and wanted[last] == [last] and is_conv(anchor):
                self.step(MAKERS["scores"](self, anchor, None), last)
            else:
                self.make(anchor, wanted[anchor.output])
        if not self.steps or self.steps[-1].kind not in FINAL:
            tail = floats(self, last, tail)
        used = {name for each in tail for name in each.inputs} & self.plan.arrays.keys()
        floating = [self.steps[-1].output, *(each.output for each in tail)]
        names = dict(zip(floating, floating, strict=True)) | self.names
        return Program(
            self.steps,
            self.formats,
            self.plan.input,
            self.plan.output if tail else self.steps[-1].output,
            tail,
            {name: self.plan.arrays[name].astype(np.float32) for name in sorted(used)},
            {k: names[v] for k, v in self.plan.layers.items() if v in names},
        )

    # ---- what is to be made ----

    def end(self) -> tuple[str, list[Operator]]:
        """Return the value that whole numbers end with, and what follows it in float32.

        A softmax, and what follows the last convolution place by place: there are few numbers left
        then, and its sums are finer than eight bits.
        """
        regions, value = self.regions, self.plan.output
        tail: list[Operator] = []
        while regions.makers[value].kind in ENDS:
            tail.insert(0, regions.makers[value])
            value = regions.makers[value].inputs[0]
        root = regions.root[value]
        between = regions.between(root, value)
        users = [each for each in self.plan.users(root) if each not in [*between, *tail]]
        if root in regions.makers and regions.makers[root].kind == "Conv" and not users:
            return root, between + tail
        return value, tail

    def taken(self, anchor: Anchor) -> list[str]:
        """Return the values that an operator or a contrast normalisation takes."""
        names = [anchor.x] if isinstance(anchor, Contrast) else anchor.inputs
        return [name for name in names if name not in self.plan.arrays]

    def anchors(self, last: str) -> Iterator[Anchor]:
        """Yield what makes the roots that a value comes from, in order."""
        regions, wanted, ahead = self.regions, set(), [self.regions.root[last]]
        while ahead:
            name = ahead.pop()
            if name in wanted or name == self.plan.input:
                continue
            wanted.add(name)
            anchor = regions.contrasts.get(name) or regions.makers[name]
            ahead += [regions.root[value] for value in self.taken(anchor)]
        for each in self.plan.operators:
            if each.output in wanted:
                yield regions.contrasts.get(each.output) or each

    # ---- making it ----

    def begin(self, needs: list[str]) -> None:
        """Make what the first operators take of the pixels: mostly the pixels as they are."""
        maker = self.regions.makers.get(needs[0]) if len(needs) == 1 else None
        if maker is not None and maker.kind == "Input":
            bias, coeff = maker.settings["bias"], maker.settings["coeff"]
            zero = LEAST - bias
            if coeff > 0 and zero == round(zero) and LEAST <= zero <= MOST:
                self.formats[self.plan.input] = Format(float(coeff), int(zero))
                self.names[needs[0]] = self.plan.input
                return
        self.tables(self.plan.input, needs)

    def make(self, anchor: Anchor, needs: list[str]) -> None:
        """Append the step of an operator, and the tables of what depends on its output alone.

        A single limit behind it, as relu is one, is where the step clips.
        """
        kind = "Contrast" if isinstance(anchor, Contrast) else anchor.kind
        root, regions = anchor.output, self.regions
        if kind in KEEPING:
            self.step(KEEPING[kind](self, anchor), root)
        else:
            alone = len(needs) == 1
            limits = regions.limits(root, needs[0]) if alone else None
            value = needs[0] if limits else root
            function: Function | None = None
            if alone and not limits and not regions.by_map(root, needs[0]):
                function = lambda x: regions.function(root, needs[0], x)  # noqa: E731
            format = self.format(value, function)
            step = MAKERS.get(kind, MAKERS["refused"])(self, anchor, format)
            step.settings |= {"to": format.zero} | clips(format, limits)
            self.inner = step if function else None
            self.step(step, value, format)
        self.tables(root, needs)

    def tables(self, root: str, needs: list[str]) -> None:
        """Append a table for each of the values that depend on one alone and are not there yet."""
        for value in needs:
            if value not in self.names:
                format = self.format(value)
                self.step(table(self, root, value, format), value, format)

    def format(self, value: str, function: Function | None = None) -> Format:
        """Return the format of a value: what training found, or by the calibration images.

        function: see Ranges.format.
        """
        return self.trained.get(value) or self.ranges.format(self.real[value], function)

    def step(self, step: Step, value: str, format: Format | None = None) -> None:
        """Append a step that makes a plan's value, run it, and note its error.

        format: of its integers; that of what it takes if not given.
        """
        step.output = value
        step.layer = step.layer or self.regions.makers[value].layer
        inputs = [self.whole[name] for name in step.inputs]
        self.whole[value] = self.run(step, *inputs)
        if step.kind not in FINAL:
            self.formats[value] = format or self.formats[step.inputs[0]]
            self.names[value] = value
        self.steps.append(step)
        if step is not self.inner:
            self.rows += of_step(self, step, value)

    def run(self, step: Step, *inputs: Array) -> Array:
        """Return what a step makes of integers."""
        return (self.quickest.get(step.kind) or FINAL[step.kind])(step, *inputs)

    def put(self, value: str, format: Format) -> str:
        """Return the name of a plan's value in a format, by a table if it has another one."""
        name = self.names[value]
        if self.formats[name] == format:
            return name
        made = f"{name}_as{len(self.steps)}"
        self.real[made] = self.real[value]
        self.regions.makers[made] = self.regions.makers[value]
        self.step(table(self, value, value, format), made, format)
        return made


def is_conv(anchor: Anchor) -> bool:
    """Return whether an anchor is a convolution."""
    return isinstance(anchor, Operator) and anchor.kind == "Conv"

"""A program of whole numbers as a weights file has it: arrays, and a description that is checked.

The arrays of a step are called OUTPUT.NAME; the rest stands in the description, under `int8`.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from netkit.errors import NetkitError
from netkit.export.graph import Operator
from netkit.export.reference import KINDS
from netkit.quantization.arithmetic import Format
from netkit.quantization.checking import check_step, checked_format
from netkit.quantization.program import FINAL, Program
from netkit.quantization.steps import STEPS, Step
from netkit.types import Array

TAIL = "tail"  # the name in front of the arrays of what follows in float32


def saved(program: Program) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the arrays of a program, {name: array}, and the rest as JSON has it."""
    arrays = {f"{s.output}.{name}": a for s in program.steps for name, a in s.arrays.items()}
    arrays |= {f"{TAIL}.{name}": a for name, a in program.arrays.items()}
    said = {
        "steps": [
            {
                "kind": step.kind,
                "inputs": step.inputs,
                "output": step.output,
                "settings": step.settings,
                "layer": step.layer,
            }
            for step in program.steps
        ],
        "formats": {name: list(format) for name, format in program.formats.items()},
        "tail": [asdict(each) for each in program.tail],
        "input": program.input,
        "output": program.output,
        "layers": program.layers,
    }
    return arrays, said


def restored(tensors: Mapping[str, Array], said: Any, where: str) -> Program:
    """Return the program of a weights file; raise NetkitError if it is not whole.

    where: what to call the file.
    """
    try:
        return made(tensors, said)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        what = f"{type(error).__name__}: {error}"
        raise NetkitError(
            f"{where}: its net in eight bits is damaged ({what}): quantize the run anew"
        ) from None


def made(tensors: Mapping[str, Array], said: Any) -> Program:
    """Return the program; raise one of the errors that damage leads to."""
    steps, known = [], {str(said["input"])}
    for each in said["steps"]:
        start = f"{each['output']}."
        arrays = {
            name.removeprefix(start): a for name, a in tensors.items() if name.startswith(start)
        }
        step = Step(
            each["kind"],
            [str(name) for name in each["inputs"]],
            str(each["output"]),
            dict(each["settings"]),
            arrays,
            str(each["layer"]),
        )
        if step.kind not in {**STEPS, **FINAL} or not set(step.inputs) <= known:
            raise ValueError(f"step {step.output}")
        check_step(step)
        known.add(step.output)
        steps.append(step)
    if not steps or [k for k, step in enumerate(steps) if step.kind in FINAL] != [len(steps) - 1]:
        raise ValueError("the last step")
    start = f"{TAIL}."
    constants = {
        name.removeprefix(start): np.asarray(a, np.float32)
        for name, a in tensors.items()
        if name.startswith(start)
    }
    tail = [Operator(**each) for each in said["tail"]]
    last = {steps[-1].output, *constants}
    for each in tail:
        if each.kind not in KINDS or not set(each.inputs) <= last:
            raise ValueError(f"operator {each.output}")
        last.add(each.output)
    if said["output"] not in last:
        raise ValueError("its output")
    formats: dict[str, Format] = {
        str(name): checked_format(each) for name, each in said["formats"].items()
    }
    if not {str(said["input"]), *(step.output for step in steps[:-1])} <= formats.keys():
        raise ValueError("its formats")
    layers = {str(name): str(value) for name, value in said["layers"].items()}
    return Program(steps, formats, said["input"], said["output"], tail, constants, layers)

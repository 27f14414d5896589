"""What follows the whole numbers in floats, as lines of C: few numbers, place by place."""

from netkit.errors import NetkitError
from netkit.export.c.text import number, numbers
from netkit.export.graph import Operator
from netkit.quantization.program import Program

ONE = {  # of one number
    "Identity": "{0}",
    "Tanh": "tanhf({0})",
    "Sigmoid": "1.0f / (1.0f + expf(-{0}))",
    "Relu": "{0} > 0 ? {0} : 0",
    "Softplus": "({0} > 0 ? {0} : 0) + log1pf(expf(-fabsf({0})))",
    "Abs": "fabsf({0})",
    "Sign": "(float)(({0} > 0) - ({0} < 0))",
    "Exp": "expf({0})",
    "Log": "logf({0})",
    "Sqrt": "sqrtf({0})",
    "Neg": "-{0}",
}
TWO = {  # of two, one of which may be a constant
    "Add": "{0} + {1}",
    "Sum": "{0} + {1}",
    "Sub": "{0} - {1}",
    "Mul": "{0} * {1}",
    "Div": "{0} / {1}",
    "Pow": "powf({0}, {1})",
    "Max": "{0} > {1} ? {0} : {1}",
    "Min": "{0} < {1} ? {0} : {1}",
}
SOFTMAX = """\
for (int i = 0; i < {places}; i++) {{
    const float *const x = {x} + i * {maps};
    float *const y = {y} + i * {maps}, most = x[0], sum = 0;
    for (int k = 1; k < {maps}; k++) most = x[k] > most ? x[k] : most;
    for (int k = 0; k < {maps}; k++) sum += expf(x[k] - most);
    for (int k = 0; k < {maps}; k++) y[k] = {made};
}}"""
ENDS = {"Softmax": "expf(x[k] - most) / sum", "LogSoftmax": "x[k] - most - logf(sum)"}


def tail(program: Program, places: int, maps: int) -> tuple[list[str], list[str], str, int]:
    """Return declarations, lines, the name of what has the outputs, and how many floats all take.

    places, maps: of the outputs. Raises NetkitError for an operator that is not written here.
    """
    count = places * maps
    names = {program.steps[-1].output: "net_floats0"}
    declared, lines = [f"static float net_floats0[{count}];"], []
    for name, array in program.arrays.items():
        if array.size > 1:
            names[name] = f"net_constant{len(declared)}"
            declared.append(
                f"static const float {names[name]}[{array.size}] = {{\n{numbers(array)}}};"
            )
    floats = count
    for k, operator in enumerate(program.tail, start=1):
        names[operator.output] = f"net_floats{k}"
        declared.append(f"static float net_floats{k}[{count}];")
        floats += count
        lines += written(program, operator, names, places=places, maps=maps)
    return declared, lines, names[program.output], floats


def written(
    program: Program, operator: Operator, names: dict[str, str], *, places: int, maps: int
) -> list[str]:
    """Return the lines of one operator."""
    y = names[operator.output]
    if operator.kind in ENDS:
        x = names[operator.inputs[0]]
        made = ENDS[operator.kind]
        return SOFTMAX.format(x=x, y=y, places=places, maps=maps, made=made).split("\n")
    given = []
    for name in operator.inputs:
        array = program.arrays.get(name)
        if array is None:
            given.append(f"{names[name]}[k]")
        elif array.size == 1:
            given.append(f"({number(float(array.reshape(())))})")
        else:
            given.append(f"{names[name]}[k % {maps}]")
    form = ONE.get(operator.kind) if len(given) == 1 else TWO.get(operator.kind)
    if form is None or len(given) > 2:
        raise NetkitError(
            f"{operator.layer}: {operator.kind} behind the last convolution is not written in C "
            "for eight bits: leave the layer out, or convert the float run"
        )
    return [f"for (int k = 0; k < {places * maps}; k++) {y}[k] = {form.format(*given)};"]

"""The text of a net in C: its header, and one file with operators, weights, calls and a test."""

from collections.abc import Iterable
from math import prod

from netkit import __version__
from netkit.export.c.answers import Answering
from netkit.export.c.calls import Calls
from netkit.export.c.memory import Memory
from netkit.export.c.text import numbers, operators, part, quoted
from netkit.export.c.vectors import IMAGES
from netkit.export.plan import Plan
from netkit.types import Array


def title(plan: Plan, name: str) -> str:
    """Return what a file is, in a line."""
    return f"{name}: the net {plan.name} in C99, written by netkit {__version__}."


def header(plan: Plan, name: str, memory: int, answering: Answering) -> str:
    """Return the text of the header."""
    maps, high, wide = plan.shapes[plan.input]
    outputs, rows, columns = plan.shapes[plan.output]
    return part(
        "net.h",
        more=answering.header,
        title=title(plan, name),
        height=high,
        width=wide,
        channels=maps,
        s="" if maps == 1 else "s",
        colour=", red, green and blue side by side" if maps == 3 else "",
        classes=len(plan.classes),
        outputs=outputs * rows * columns,
        outputs_are=f"{rows} rows of {columns} cells of {outputs}, cell by cell",
        memory=memory,
    )


def source(
    plan: Plan,
    calls: Calls,
    memory: Memory,
    answering: Answering,
    *,
    header_name: str,
    name: str,
    tested: tuple[Array, int],
) -> str:
    """Return the text of the file.

    plan: shaped.  tested: outputs for the test images, and the step between them: test_outputs.
    """
    uses = set().union(*(call.uses for call in calls.calls))
    lines = [
        f"/* {title(plan, name)}",
        " *",
        " *     cc -O2 -c FILE                                  for a small processor",
        " *     cc -O3 -march=native -ffp-contract=fast -fno-math-errno -fno-trapping-math",
        " *         -DNET_SIMD -c FILE                   for a quick one",
        " *     cc -DNET_TEST FILE -lm && ./a.out        checks it against netkit's answers */",
        f'#include "{header_name}"',
        "#include <limits.h>",
        "#include <math.h>",
        "",
        f"#if INT_MAX < {max(memory.size * 4, 32767)}",
        "#error this net needs an int of 32 bits",
        "#endif",
        "",
        "/* ---- the operators ---- */",
        "",
        operators(uses),
        "/* ---- the weights ---- */",
        "",
    ]
    for constant, values in calls.constants.items():
        lines += [
            f"static const float {constant}[{values.size} + NET_SLACK] = {{",
            numbers(values) + "};",
        ]
    names = "".join(f"    {quoted(each)},\n" for each in plan.classes)
    size = prod(plan.shapes[plan.output])
    outputs, step = tested
    answers = "".join(f"    {{\n{numbers(row)}    }},\n" for row in outputs)
    lines += [
        "",
        f"const char *const net_classes[NET_CLASSES] = {{\n{names}}};",
        "",
        "/* ---- the net ---- */",
        "",
        "/* What lies in memory at a time; NET_SLACK floats more for vectors at the end. */",
        "static float net_memory[NET_MEMORY / 4 + NET_SLACK];",
        "",
        "/* Run the net: return where its outputs lie. */",
        "static float *net_pass(const uint8_t *pixels)",
        "{",
        "    float *const m = net_memory;",
        *body(plan, calls, memory),
        f"    return m + {memory.at[plan.output]};",
        "}",
        "",
        "void net_run(const uint8_t *pixels, float *outputs)",
        "{",
        "    const float *const y = net_pass(pixels);",
        f"    for (int k = 0; k < {size}; k++) outputs[k] = y[k];",
        "}",
        "",
        answering.source,
        part("test.c", answers=answers, images=IMAGES, count=outputs.shape[1], step=step),
    ]
    return "\n".join(lines)


def body(plan: Plan, calls: Calls, memory: Memory) -> Iterable[str]:
    """Yield the lines that run the net, each layer's with a comment above."""
    layer = None
    for k, call in enumerate(calls.calls):
        here = next((o.layer for o in call.operators), layer)
        if here != layer:
            layer = here
            maps, high, wide = plan.shapes[call.y]
            yield f"    /* {layer or 'pixels'}: {maps} x {high} x {wide} */"
        places = {f"x{n}": f"m + {memory.at[x]}" for n, x in enumerate(call.x)}
        places |= {
            "y": f"m + {memory.at[call.y]}",
            "strip": f"m + {memory.at.get((k, 'strip'), 0)}",
        }
        for line in call.text:
            yield "    " + line.format(**places)

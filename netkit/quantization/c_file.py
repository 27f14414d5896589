"""netkit convert INT8 FILE.c: a net in eight bits as one file of C99 and its header."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from netkit.export.c.answers import answering
from netkit.export.c.source import header, title
from netkit.export.c.text import numbers, part, quoted
from netkit.export.c.vectors import IMAGES, MOST, test_image
from netkit.export.c.writer import size_of
from netkit.files import write_beside
from netkit.quantization.c_tail import tail
from netkit.quantization.c_text import Made
from netkit.quantization.frame import frame
from netkit.quantization.program import as_pixels
from netkit.quantization.saved import restored
from netkit.registry import Registry

if TYPE_CHECKING:
    from netkit.training.checkpoint import Checkpoint

NOTHING: dict[str, Any] = {}


def export(
    registry: Registry, checkpoint: "Checkpoint", target: Path, cfg: Mapping[str, Any] = NOTHING
) -> str:
    """Write the net in eight bits of a checkpoint as C; return what was done, in lines.

    The functions, the header and the test are those of the file in floats (netkit.export.c). cfg:
    as there.
    """
    said = checkpoint.meta["int8"]
    program = restored(checkpoint.tensors, said, f"weights {checkpoint.path}")
    high, wide = size_of(checkpoint.meta["shape"], cfg)
    made = Made(program, (high, wide, checkpoint.meta["shape"][0]))
    rows, columns, maps = made.sizes[program.steps[-1].output]
    plan = frame(registry, checkpoint, made.sizes[program.input], (rows, columns, maps))
    answers, top = answering(registry, checkpoint, plan, cfg), target.with_suffix(".h")
    declared, lines, output, floats = tail(program, rows * columns, maps)
    memory = made.memory.size + made.scratch_bytes() + 4 * floats
    images = np.stack([test_image(plan.shapes[plan.input], k) for k in range(IMAGES)])
    outputs = program.run(as_pixels(images)).transpose(0, 2, 3, 1).reshape(IMAGES, -1)
    step = max(1, outputs.shape[1] // MOST)
    expected = "".join(f"    {{\n{numbers(row)}    }},\n" for row in outputs[:, ::step])
    count = len(outputs[0, ::step])
    text = [
        f"/* {title(plan, target.name)} In whole numbers of eight bits.",
        " *",
        " *     cc -O2 -c FILE",
        " *     cc -DNET_TEST FILE -lm && ./a.out        checks it against netkit's answers */",
        f'#include "{top.name}"',
        "#include <math.h>",
        "",
        *made.operators(),
        *made.constants(),
        *declared,
        f"const char *const net_classes[NET_CLASSES] = {{{', '.join(map(quoted, plan.classes))}}};",
        *made.body(lines, output),
        "",
        "void net_run(const uint8_t *pixels, float *outputs)",
        "{",
        "    const float *const y = net_pass(pixels);",
        f"    for (int k = 0; k < {rows * columns * maps}; k++) outputs[k] = y[k];",
        "}",
        "",
        answers.source,
        part("test.c", answers=expected, images=IMAGES, count=count, step=step),
    ]
    write_beside(top, header(plan, top.name, memory, answers).encode())
    write_beside(target, "\n".join(text).encode())
    return made.report(target, memory + answers.memory)

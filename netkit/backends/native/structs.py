"""What the kernels are told besides ops: structs of C, field by field, which Library compares."""

import numpy as np

# lessons.inc
NUMBERS = (
    *("ops", "count", "first", "target", "fresh", "images", "bytes", "parts", "n", "kind"),
    *("labels", "energies", "answers", "grads", "size", "rooms"),
    *("state", "state_size", "begun", "states"),
)
REALS = "bias", "coeff", "setting", "scale"
LESSON = np.dtype([*((name, "i8") for name in NUMBERS), *((name, "f8") for name in REALS)])

# questions.inc
ASKED = (
    *("ops", "count", "target", "parts", "turns", "board"),
    *("images", "bytes", "n", "out", "total"),
)
QUESTION = np.dtype([*((name, "i8") for name in ASKED), ("bias", "f8"), ("coeff", "f8")])

# native.c
CHANGED = "rule", "target", "n", "unit", "x", "dx", "v", "s", "of"
UPDATE = np.dtype([*((name, "i8") for name in CHANGED), ("numbers", "f8", 6)])

"""The compiled library of the kernels, and the instruction sets that it was compiled for."""

import ctypes
import functools
import importlib.util

from netkit.backends.native.op import MAX_TAPS, OP
from netkit.backends.native.structs import LESSON, QUESTION, UPDATE
from netkit.errors import NetkitError

LIBRARY = "netkit.backends.native._kernels"
MISSING = (
    "backend=native: its kernels were not compiled: "
    "install a C compiler (gcc or clang) and netkit again"
)
NUMBER, ADDRESS, REAL = ctypes.c_int64, ctypes.c_void_p, ctypes.c_float
SIGNATURES = {
    "netkit_run": (ADDRESS, NUMBER, NUMBER, NUMBER),
    "netkit_to_input": (ADDRESS, NUMBER, NUMBER, NUMBER, REAL, REAL, ADDRESS),
    "netkit_pick": (ADDRESS, *(NUMBER,) * 4, *(ADDRESS,) * 2, *(NUMBER,) * 2, ADDRESS, NUMBER),
    "netkit_cut": (ADDRESS, *(NUMBER,) * 4, *(ADDRESS,) * 3),
    "netkit_update": (ADDRESS, ADDRESS, ADDRESS),
    "netkit_blend": (ADDRESS, ADDRESS, NUMBER, REAL),
    "netkit_recolour": (ADDRESS, *(NUMBER,) * 3, *(ADDRESS,) * 2, REAL, REAL, ADDRESS),
    "netkit_blur": (ADDRESS, *(NUMBER,) * 4, ADDRESS, NUMBER, ADDRESS, NUMBER),
    "netkit_uniform_by_image": (*(NUMBER,) * 3, ctypes.c_uint64, ADDRESS),
    "netkit_scratch": (ADDRESS, NUMBER, NUMBER),
    "netkit_share": (ADDRESS, NUMBER, NUMBER, NUMBER, NUMBER, ADDRESS, ADDRESS),
    "netkit_answer": (ADDRESS, NUMBER, NUMBER, NUMBER, ADDRESS, ADDRESS),
    "netkit_answer_images": (
        *(ADDRESS, NUMBER, REAL, REAL),
        *(ADDRESS, NUMBER, NUMBER, NUMBER, ADDRESS, ADDRESS),
    ),
    "netkit_answers": (ADDRESS, NUMBER, ADDRESS, ADDRESS),
    "netkit_learn": (ADDRESS, NUMBER, NUMBER, ADDRESS, ADDRESS),
    "netkit_serve": (ADDRESS,),
    "netkit_soften": (ADDRESS, ADDRESS, ADDRESS, ADDRESS, NUMBER, REAL, REAL, NUMBER),
    "netkit_owners": (ADDRESS, ADDRESS, ADDRESS, NUMBER, REAL, REAL, NUMBER),
}
TURN = 4  # numbers of a turn, of which a pass has 3 for each op and 1
BOARD = 11  # numbers of a board, where helpers find a pass: kernels/sharing.inc
COUNTS = ("netkit_scratch",)  # of these, what returns a number


class Library:
    """The functions of native.c, for one of the instruction sets that they were compiled for.

    target: its name; the best that this machine has if not given.
    """

    def __init__(self, target: str | None = None) -> None:
        found = importlib.util.find_spec(LIBRARY)
        if not found or not found.origin:
            raise NetkitError(MISSING)
        self.c = ctypes.CDLL(found.origin)
        if not self.is_ours():
            raise NetkitError(
                f"backend=native: {found.origin} is of another version: install netkit again"
            )
        self.target, self.number = chosen(self.c, target)

    def is_ours(self) -> bool:
        """Declare the functions; return whether all are there and an op is what OP says.

        The struct `op` of native.c and OP of op.py are written by hand, twice: kernels that were
        compiled before a change would read an array of the other layout, and write anywhere.
        """
        if not hasattr(self.c, "netkit_layout"):
            return False
        self.c.netkit_layout.argtypes = (NUMBER,)
        self.c.netkit_layout.restype = NUMBER
        last = OP.itemsize - OP[-1].itemsize  # where the last field begins
        structs = (struct.itemsize for struct in (LESSON, UPDATE, QUESTION))
        layout = [OP.itemsize, last, MAX_TAPS, 8 * BOARD, 8 * TURN, *structs]
        if [self.c.netkit_layout(k) for k in range(len(layout))] != layout:
            return False
        for name, types in SIGNATURES.items():
            function = getattr(self.c, name, None)
            if function is None:
                return False
            function.argtypes = types
            function.restype = NUMBER if name in COUNTS else None
        return True

    def run(self, address: int, count: int, back: int) -> None:
        """Run `count` ops at an address; back: against their order."""
        self.c.netkit_run(address, count, back, self.number)

    def share(
        self, address: int, count: int, back: int, *, parts: int, turns: int, board: int
    ) -> None:
        """Do the same by several threads, as `answer` has them."""
        self.c.netkit_share(address, count, back, self.number, parts, turns, board)

    def answer(self, address: int, count: int, *, parts: int, turns: int, board: int) -> None:
        """Run `count` ops forward where no pass backward follows.

        parts: threads at most.  turns: the address of what they share, 3 * count + 1 turns.
        board: that of a board, whose helpers may come; 0 for none.
        """
        self.c.netkit_answer(address, count, self.number, parts, turns, board)

    def answer_images(
        self,
        images: int,
        bytes: bool,
        bias: float,
        coeff: float,
        *,
        ops: int,
        count: int,
        parts: int,
        turns: int,
        board: int,
    ) -> None:
        """Run `answer` for images at an address, which it turns into the first op's input.

        bytes: are their pixels bytes, not floats?  The input is (pixel + bias) * coeff.
        """
        self.c.netkit_answer_images(
            images, bytes, bias, coeff, ops, count, self.number, parts, turns, board
        )

    def learn(self, lessons: int, count: int, *, parts: int, turns: int, board: int) -> None:
        """Take `count` lessons at an address, see lessons.py; a single one as of `share`."""
        self.c.netkit_learn(lessons, count, parts, turns, board)

    def scratch(self, address: int, back: int, parts: int) -> int:
        """Return the floats of scratch t1 of a convolution or linear layer, for so many threads.

        back: 1 of t4, which a pass backward needs; 2 of what is kept for passes without one.
        """
        return int(self.c.netkit_scratch(address, back, parts))


def chosen(c: ctypes.CDLL, target: str | None) -> tuple[str, int]:
    """Return the name and number of an instruction set: `target`, or the machine's best."""
    c.netkit_target.argtypes = (NUMBER,)
    c.netkit_target.restype = ctypes.c_char_p
    names, number = {}, 0
    while (name := c.netkit_target(number)) is not None:
        if name:
            names[name.decode()] = number
        number += 1
    if target is not None and target not in names:
        raise NetkitError(f"target={target}: this machine has {', '.join(names)}")
    return (target, names[target]) if target else next(iter(names.items()))


def compiled() -> bool:
    """Return whether the kernels are there."""
    return importlib.util.find_spec(LIBRARY) is not None


@functools.cache
def library(target: str | None = None) -> Library:
    """Return the Library for an instruction set, the same object each time."""
    return Library(target)

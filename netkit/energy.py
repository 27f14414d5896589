"""Energy: the contract of what training makes small and of the answer read from a net's outputs."""

from collections.abc import Callable, Iterator
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypeAlias

from netkit.checks import Checked
from netkit.errors import NetkitError
from netkit.types import Array, Cell, Shape

if TYPE_CHECKING:
    from netkit.export.graph import Graph
    from netkit.net import Net


Grid: TypeAlias = tuple[Cell, Cell, Cell]  # where places lie in an image: see Net.grid


class Energy(Checked):
    """A loss, and the answer that goes with it.

    A subclass writes `forward` and `answer`; `outputs`, `noise` and `confidences` where theirs do
    not fit. The constructor's arguments are what its YAML takes. Arrays are images last: the net's
    outputs y are (K, h, w, N), K outputs at h x w places of N images, and labels are (N,), int64,
    whole numbers from 0. In training h and w are 1; in detection a net looks at larger images and
    answers at many places. `self.ops` is the backend, `self.ops.xp` its array module (numpy or
    cupy): use that one, and no Python loop over samples.

    An energy for boxes says `targets = "boxes"`, writes `boxes` and a `check_outputs` of its own.
    Its net is trained on whole images and answers at h x w cells of each; labels are (N, M, 5),
    float32: the class and x0, y0, x1, y1 in pixels of the net's input, the class -1 where there is
    no box; below -1 the box need not be found, see `netkit.dataset.as_ignored`.
    """

    targets: ClassVar[Literal["class", "boxes"]] = "class"  # what labels are
    ops: Any = None  # set by `bind`
    grid: Grid = (0, 0), (1, 1), (1, 1)  # see `boxes`; set by one for boxes
    penalties = True  # whether the layers' penalties, such as l1penalty, are part of it

    def bind(self, ops: Any, net: "Net", classes: int) -> "Energy":
        """Take the backend, and check that the net's outputs fit so many classes; return self."""
        self.ops = ops
        self.check_outputs(net, classes)
        return self

    def check_outputs(self, net: "Net", classes: int) -> None:
        """Raise NetkitError, naming the last layer, if the net's outputs do not fit."""
        outputs = net.shapes[-1] if net.shapes else net.shape
        needed = (self.outputs(classes), 1, 1)
        if outputs != needed:
            last = list(net.layers)[-1] if net.layers else "input"
            raise NetkitError(
                f"{last}: the net's output is {outputs}, but {classes} classes need {needed}: "
                "write `out: noutputs` in the last layer, and shrink the maps to 1x1"
            )

    def outputs(self, classes: int) -> int:
        """Return how many outputs K it needs for so many classes; as it stands, one each.

        Those of classes come first, in their order: what a trained net answered for a class is
        carried to other classes by its place.
        """
        return classes

    def forward(self, y: Array, labels: Array) -> tuple[Array, Callable[[Any], Array]]:
        """Return the energy of each sample (N,), and backward(scale) -> dy.

        y: (K, 1, 1, N), or (K, h, w, N) for boxes, not to be changed.  backward is called at most
        once, with what each sample's gradient is to be multiplied by: a number, usually 1 / batch
        size, or one a sample (N,). It returns the gradient dy of the sum of scale * energy, of y's
        shape and type. A GPU records a pass once and replays it, so no `if` may depend on a number
        in y.
        """
        raise NotImplementedError

    def answer(self, y: Array) -> tuple[Array, Array]:
        """Return the class and the confidence in 0..1 at each place, two arrays (h, w, N).

        y: (K, h, w, N).
        """
        raise NotImplementedError

    def best(self, y: Array) -> Array:
        """Return the class alone at each place, (h, w, N): training asks for no confidence."""
        return self.answer(y)[0]

    def primitive(self) -> dict[str, Any] | None:
        """Return what compiled kernels compute in place of `forward` and `best`, or None.

        {"kind": ..., "setting": a number}; the kinds are listed in backends/native/lessons.py.
        """
        return None

    def __init_subclass__(cls) -> None:
        """Let a class with methods of its own not inherit what says otherwise than they do."""
        super().__init_subclass__()
        own = vars(cls)
        if "answer" in own and "best" not in own:
            cls.best = Energy.best  # type: ignore[method-assign]
        if {"forward", "answer", "best"} & set(own) and "primitive" not in own:
            cls.primitive = Energy.primitive  # type: ignore[method-assign]

    def boxes(self, y: Array, grid: Grid) -> Array | None:
        """Return the box that each place answers with, (4, h, w, N): x0, y0, x1, y1 in pixels.

        The pixels are those of the net's input.  y: (K, h, w, N).  grid: where the first place
        begins in them, how much it sees, and the step to the next one, each (down, across), as
        Net.grid has it. None, as it stands: the box is the window that the net was trained on.
        """
        return None

    def confidences(self, y: Array) -> Array:
        """Return how far each class is believed, in 0..1, (classes, h, w, N).

        As it stands, for outputs between -1 and 1.
        """
        return (self.ops.xp.clip(y, -1, 1) + 1) / 2

    def reading(self) -> dict[str, Any] | None:
        """Return how `confidences`, and `boxes`, read the outputs, for what runs without netkit.

        {"kind": "clip"}: (y + 1) / 2 between 0 and 1.  {"kind": "softmax"}.  {"kind": "boxes",
        "prior": p, "largest": m}: the last four of the K outputs are a box, and a class is
        believed by the sigmoid of its output + p; see plugins/energies/boxes.py.  None, as it
        stands for an energy with `confidences` of its own: nothing but netkit can read them.
        """
        own = type(self).confidences is not Energy.confidences or self.targets != "class"
        return None if own else {"kind": "clip"}

    def onnx(self, graph: "Graph", y: str, shape: Shape, grid: Grid) -> tuple[str, str] | None:
        """Append what reads boxes from the outputs to an ONNX graph; return their names.

        y: the name of the outputs (N, K, h, w).  shape: (K, h, w), as the net was built.  The two
        are boxes (N, h w, 4), as `boxes` has them, and confidences (N, h w, classes). None, as it
        stands: the model ends with the net's outputs.
        """
        return None

    def warnings(self, net: "Net") -> Iterator[str]:
        """Yield a line for each thing about a net that does not fit: said before a run."""
        yield from ()

    def notes(self) -> Iterator[str]:
        """Yield what else is to be said before a run, a line each."""
        yield from ()

    def noise(self, y: Array, labels: Array, uniform: Array) -> Array:
        """Return noise like y, whose covariance is the energy's second derivative at y.

        It is of mean 0; second-order rules such as sdlm need it.  labels: (N,).  uniform: numbers
        in [0, 1), of y's shape, to make it of. As it stands, for energies like half a squared
        distance, whose second derivative is 1: a fair choice of -1 and +1 for each output.
        """
        return 2.0 * (uniform < 0.5) - 1.0


def output_range(net: "Net") -> tuple[float, float]:
    """Return the two numbers that a net's outputs lie between, as its last layer has it."""
    layers = list(net.layers.values())
    return layers[-1].output_range if layers else (-inf, inf)

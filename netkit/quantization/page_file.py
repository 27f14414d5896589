"""netkit convert INT8 FILE.html: a net in eight bits as one page that opens from disk."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from netkit.errors import NetkitError
from netkit.export.page.html import Inside, trained_net, written
from netkit.quantization.net import IntegerNet
from netkit.quantization.page_table import table_of
from netkit.registry import Registry

if TYPE_CHECKING:
    from netkit.training.checkpoint import Checkpoint


def export(registry: Registry, checkpoint: "Checkpoint", target: Path) -> str:
    """Write the net in eight bits of a complete checkpoint as a page; return what was done.

    The page is that of a net in floats (netkit.export.page), with the whole numbers inside, and
    computes the integers that numpy does. Raises NetkitError, naming it, for an energy or an
    operator behind the last convolution that a page cannot run.
    """
    trained = trained_net(registry, checkpoint)
    net = trained[0]
    if not isinstance(net, IntegerNet):
        raise NetkitError(f"weights {checkpoint.path}: they are no net in eight bits")
    program, (channels, height, width) = net.program, net.shape

    def inside(rows: list[dict[str, Any]]) -> Inside:
        # The image and the outputs are floats, and there whatever a file says of its layers.
        between = [program.layers[row["name"]] for row in rows[1:-1]]
        values = [program.input, *between, program.output]
        made = table_of(program, (height, width, channels), values)
        shape = made.table.places[program.output].shape
        if list(shape) != list(rows[-1]["shape"]):
            gives, arch = ("x".join(map(str, each)) for each in (shape, rows[-1]["shape"]))
            raise NetkitError(
                f"weights {checkpoint.path}: its net in eight bits gives {gives} and its arch "
                f"{arch}: quantize the run anew"
            )
        places = [made.table.places[value].at for value in values]
        pairs = zip(values, rows, strict=True)
        kernels = [made.kernels[value] if row["kernels"] else 0 for value, row in pairs]
        return Inside(made.table, places, kernels)

    return f"{written(registry, checkpoint, target, trained=trained, inside=inside)}, in eight bits"

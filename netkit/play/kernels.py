"""The trained kernels of a layer, as the page shows them: those of one of its maps at a time."""

from collections.abc import Mapping

from netkit.errors import NetkitError
from netkit.export.graph import Graph
from netkit.layer import Layer
from netkit.net import Net, named_layers
from netkit.quantization.net import IntegerNet
from netkit.types import Array


def kernel_shapes(net: Net) -> dict[str, tuple[int, ...]]:
    """Return {name of a layer: (maps, height, width)} of the kernels of one of its maps."""
    if isinstance(net, IntegerNet):
        every = {name: net.kernels(name) for name, _ in named_layers(net.layers)}
        return {name: found.shape for name, found in every.items() if found is not None}
    arrays = host_arrays(net)
    found = {name: kernels_of(name, layer, arrays) for name, layer in named_layers(net.layers)}
    return {name: kernels.shape[1:] for name, kernels in found.items() if kernels is not None}


def kernels_in(net: Net, name: str) -> Array | None:
    """Return the kernels of a layer of a net, as kernels_of; None of a name that is no layer's.

    Of a net in eight bits they are those of the convolution that makes the layer's maps.
    """
    if isinstance(net, IntegerNet):
        found = net.kernels(name)
        return None if found is None else found.floats()
    layer = dict(named_layers(net.layers)).get(name)
    return None if layer is None else kernels_of(name, layer, host_arrays(net))


def host_arrays(net: Net) -> dict[str, Array]:
    """Return the weights and statistics of a net by name, in host memory."""
    views = {**net.weights, **net.states}
    return {name: net.ops.to_host(view) for name, view in views.items()}


def kernels_of(name: str, layer: Layer, arrays: Mapping[str, Array]) -> Array | None:
    """Return the kernels (out, maps, height, width) of a layer; None of one that has none.

    They are those of the convolution that stands for it in ONNX.
    """
    if not layer.weights or layer.layers:
        return None
    graph = Graph(arrays)
    try:
        graph.layer(name, layer, "x")
    except NetkitError:  # of a layer that cannot be written as ONNX nobody knows kernels
        return None
    for operator in graph.operators:
        if operator.kind == "Conv":
            return graph.constants[operator.inputs[1]]
    return None

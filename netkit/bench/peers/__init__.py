"""What netkit is timed beside: a file a framework, each in the ways that are its fastest."""

from importlib.util import find_spec
from typing import Any

from netkit.bench.work import Netkit
from netkit.errors import NetkitError

PEERS = "torch", "jax", "onnxruntime", "openvino"
NEEDS = {"onnxruntime": ("onnx",), "openvino": ("onnx",)}  # beside the framework itself
EAGER: dict[str, dict[str, Any]] = {"eager": {}, "eager channels_last": {"last": True}}
STEPS = {"jit": 1, "scan": 20}  # training steps in one call of JAX
HINTS = "latency", "throughput"
COMPILED: dict[str, dict[str, Any]] = {
    "compiled": {"compiled": True},
    "compiled channels_last": {"compiled": True, "last": True},
}


def chosen(words: str) -> list[str]:
    """Return the frameworks that `words` names, "torch,jax"; of "all", those that are installed.

    Raises NetkitError for a name that is none, and for a framework that is not installed.
    """
    if words == "none":
        return []
    if words == "all":
        return [name for name in PEERS if not missing(name)]
    names = words.split(",")
    if unknown := set(names) - set(PEERS):
        raise NetkitError(
            f"--against {words}: no {', '.join(sorted(unknown))}: there are {', '.join(PEERS)}, "
            "several with commas between, all or none"
        )
    for name in names:
        if missing(name):
            raise NetkitError(
                f"--against {words}: {name} is not installed: pip install {' '.join(missing(name))}"
            )
    return names


def missing(name: str) -> list[str]:
    """Return the packages that a framework needs here and that are not installed."""
    return [one for one in (name, *NEEDS.get(name, ())) if find_spec(one) is None]


def sides(name: str, network: str, ours: Netkit, ways: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return a framework's ways {"torch compiled": Side}, with the weights of our side.

    ways: of PyTorch, {name: settings of Torch}. Those of onnxruntime and OpenVINO only infer.
    """
    threads = ours.ops.shards
    weights = [ours.ops.to_host(w) for w in ours.net.weights.values()]
    if name == "torch":
        from netkit.bench.peers.torch_side import Torch

        return {f"torch {way}": Torch(network, weights, threads, **ways[way]) for way in ways}
    if name == "jax":
        from netkit.bench.peers.jax_side import Jax

        return {f"jax {way}": Jax(network, weights, steps=k) for way, k in STEPS.items()}
    model = model_of(ours)
    if name == "onnxruntime":
        from netkit.bench.peers.onnxruntime_side import OnnxRuntime

        return {f"onnxruntime {said(k)}": OnnxRuntime(model, k) for k in sorted({1, threads})}
    from netkit.bench.peers.openvino_side import OpenVino

    return {f"openvino {hint}": OpenVino(model, threads, hint) for hint in HINTS}


def said(threads: int) -> str:
    """Return "1 thread" or "2 threads"."""
    return "1 thread" if threads == 1 else f"{threads} threads"


def model_of(ours: Netkit) -> bytes:
    """Return our net as an ONNX model, from inputs as they are to outputs."""
    from netkit.export.graph import Graph
    from netkit.export.onnx import model_of as onnx_of

    net = ours.net
    arrays = {name: ours.ops.to_host(a) for name, a in {**net.weights, **net.states}.items()}
    graph = Graph(arrays, net.shape)
    last = graph.chain(net.layers, "pixels")
    return onnx_of(graph, "pixels", net.shape, {last: [*net.shapes[-1]]}, [])

"""One image at a time beside PyTorch and onnxruntime: python benchmarks/one_image.py [--seconds 5]

The least time of a call, one thread each and then two, in turns: what other processes of a busy
machine take is in most calls, and not in the shortest. Answers and gradients are compared first, as
`netkit bench` does. All least times are kept in benchmarks/results/one_image.json, and the table of
docs/speed.md is made from them.
"""

import argparse
import json
from pathlib import Path
from typing import Any

from common import least, write_between

from netkit.bench import measure, peers
from netkit.bench.run import NETWORKS, timed, trains
from netkit.bench.work import Netkit

HERE = Path(__file__).parent
KEPT = HERE / "results" / "one_image.json"
PAGE = HERE.parent / "docs" / "speed.md"


def main() -> None:
    """Measure; of all networks, keep the results and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=5.0, help="of each row")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--networks", nargs="+", default=NETWORKS, choices=NETWORKS)
    options = parser.parse_args()
    kept = {}
    for network in options.networks:
        for threads in options.threads:
            ours = Netkit(network, "native", threads)
            with ours.ops.limits():
                sides = {"netkit": ours, **others(network, ours)}
                for kind in ("train", "infer"):
                    able = {k: s for k, s in sides.items() if kind == "infer" or trains(s)}
                    calls = {name: timed(side, kind, 1) for name, side in able.items()}
                    row = f"{network} {kind}" + f", {threads} threads" * (threads > 1)
                    kept[row] = least(calls, options.seconds)
                    print(row, kept[row], flush=True)
    if [*options.networks] != [*NETWORKS]:
        return
    KEPT.write_text(json.dumps(kept, indent=1) + "\n")
    write_table(kept)


def others(network: str, ours: Netkit) -> dict[str, Any]:
    """Return the ways of the frameworks that are here, once each has been found to agree."""
    found: dict[str, Any] = {}
    for framework in ("torch", "onnxruntime"):
        if not peers.missing(framework):
            found |= peers.sides(framework, network, ours, peers.EAGER)
    for name, side in found.items():
        measure.agree_in_answers(Netkit(network, "native", 1), side, f"{network}, {name}")
        if trains(side):
            measure.agree(Netkit(network, "native", 1), side, f"{network}, {name}")
    return found


def write_table(kept: dict[str, dict[str, float]]) -> None:
    """Write the rows between the marks of docs/speed.md."""
    lines = [
        "| work, one image | netkit | the best other | which | ratio |",
        "| --- | --- | --- | --- | --- |",
    ]
    for work, times in kept.items():
        which = min((name for name in times if name != "netkit"), key=times.__getitem__)
        ours, best = times["netkit"], times[which]
        lines.append(
            f"| {work} | {ours:.0f} µs | {best:.0f} µs | {which} | **{best / ours:.2f}** |"
        )
    write_between(PAGE, "one image", lines)


if __name__ == "__main__":
    main()

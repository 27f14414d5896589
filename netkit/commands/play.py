"""netkit play: draw or show a picture on a page and watch a trained net while it answers."""

import re
from contextlib import closing, suppress
from pathlib import Path
from typing import Annotated, Any

from netkit.bounds import Bound
from netkit.build.looking import looking
from netkit.build.trained import load_trained, net_of
from netkit.checks import taken
from netkit.play.examples import examples_of
from netkit.play.player import Player
from netkit.play.server import HOST, application, listen, serve
from netkit.registry import Registry

Port = Annotated[int, Bound(least=0, most=65535, whole=True)]


def play(cfg: dict[str, Any]) -> None:
    """Serve the page for the net of cfg["weights"] on cfg["port"] of this machine until Ctrl-C.

    Port 0 takes any that is free.
    """
    port = taken("port", cfg["port"], Port)
    registry = Registry()
    checkpoint = load_trained(registry, cfg)
    net, energy, classes = net_of(registry, checkpoint, cfg)
    path, meta = checkpoint.path, checkpoint.meta
    # A net in eight bits is made of one set of weights; those beside it are in floats.
    choices, at = ({}, 0) if "int8" in meta else kept(path, meta.get("iteration"))
    player = Player(
        net,
        energy,
        classes,
        meta=meta,
        path=path,
        examples=examples_of(registry, meta),
        kept=choices,
        at=at,
        look=looking(meta) if energy.targets == "boxes" else None,
    )
    application(player)  # what is missing is said before anything is promised
    player.scores(bytes(player.size), player.at)  # takes its memory now: no stroke waits for it
    with closing(listen(port)) as listener, suppress(KeyboardInterrupt):
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        print(f"draw at {address}    Ctrl-C ends it", flush=True)
        serve(player, listener)


def kept(path: Path | None, iteration: int | None) -> tuple[dict[str, Path], int]:
    """Return the weights that a run kept, {what they are called: file}, and which are the present.

    path: of the weights that were asked for; iteration: how many they had, if they know it.
    """
    here = path.parent.glob("*.safetensors") if path else ()
    files = {int(m[1]): file for file in here if (m := re.search(r"_net(\d{5})$", file.stem))}
    if not files or path is None:
        return {}, 0
    if iteration not in files:
        files[iteration or max(files) + 1] = path
    order = sorted(files)
    names = {k: f"after iteration {k}" if k else "before training" for k in order}
    at = order.index(iteration) if iteration in order else len(order) - 1
    return {names[k]: files[k] for k in order}, at

"""netkit play: draw a digit on a page and watch a trained net while it answers."""

from contextlib import closing, suppress
from typing import Annotated, Any

from netkit.bounds import Bound
from netkit.build.trained import load_net
from netkit.checks import taken
from netkit.errors import NetkitError
from netkit.play.server import HOST, Player, application, listen, serve
from netkit.registry import Registry

Port = Annotated[int, Bound(least=0, most=65535, whole=True)]


def play(cfg: dict[str, Any]) -> None:
    """Serve the page for the net of cfg["weights"] on cfg["port"] of this machine until Ctrl-C.

    Port 0 takes any that is free.
    """
    port = taken("port", cfg["port"], Port)
    net, energy, classes = load_net(Registry(), cfg)
    if energy.targets == "boxes":
        raise NetkitError(
            f"weights={cfg['weights']}: this net finds boxes in pictures, and the page asks for "
            f"one class: netkit detect weights={cfg['weights']}"
        )
    player = Player(net, energy, classes)
    application(player)  # what is missing is said before anything is promised
    player.answer([[(0, 0), (0, 1)]])  # takes its memory now, so that no stroke waits for it
    with closing(listen(port)) as listener, suppress(KeyboardInterrupt):
        address = f"http://{HOST}:{listener.getsockname()[1]}"
        print(f"draw at {address}    Ctrl-C ends it", flush=True)
        serve(player, listener)

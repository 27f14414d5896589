"""netkit play: draw a digit on a page and watch a trained net while it answers."""

from netkit.build.trained import load_net
from netkit.errors import NetkitError
from netkit.play.server import HOST, Player, application, listen, serve
from netkit.registry import Registry


def play(cfg):
    """Serve the page for the net of cfg["weights"] on cfg["port"] of this machine until Ctrl-C."""
    port = cfg["port"]
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < 65536:
        raise NetkitError(f"port={port}: give a number from 0 to 65535; 0 takes any that is free")
    player = Player(*load_net(Registry(), cfg))
    application(player)  # what is missing is said before anything is promised
    player.answer(
        [[(0, 0), (0, 1)]]
    )  # a first pass takes its memory and loads what draws: no stroke waits for it
    listener = listen(port)
    print(f"draw at http://{HOST}:{listener.getsockname()[1]}    Ctrl-C ends it", flush=True)
    try:
        serve(player, listener)
    except KeyboardInterrupt:
        pass
    finally:
        listener.close()

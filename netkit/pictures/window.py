"""Windows on a display, by matplotlib, and the keys pressed in them or in the terminal."""

import atexit
import os
import sys
from typing import TYPE_CHECKING, Any

from netkit.errors import NetkitError
from netkit.pictures.places import keep_places, known_places, place_of, put

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

BACKENDS = "tkagg", "qtagg", "gtk4agg", "gtk3agg", "macosx"
LARGEST = 1600, 1000  # pixels of a window when it opens


class Viewer:
    """Show pictures, each name in a window of its own, and wait for a key.

    key: the one that goes on, one letter other than q; None never waits.  q, or closing a window,
    ends.  Without a display nothing is shown and the keys are read from the terminal, if there is
    one.
    """

    def __init__(self, key: str | None = "n") -> None:
        if key is not None and (not isinstance(key, str) or len(key) != 1 or key == "q"):
            raise NetkitError(
                f"next_on_key={key}: give one character other than q, or null not to wait"
            )
        self.key = key
        self.plt = open_display()
        self.figures: dict[str, Any] = {}
        self.places: dict[str, str] = {}  # of windows, as they stand
        atexit.register(self.remember)  # however the command ends
        self.pressed: str | None = None
        self.ended = False

    @property
    def has_display(self) -> bool:
        """Whether there is a display to open windows on."""
        return self.plt is not None

    def show(self, name: str, picture: "Picture") -> None:
        """Show a Pillow picture in the window of that name."""
        if not self.has_display:
            return
        figure = self.figures.get(name) or self.open(name, picture.size)
        axes = figure.axes[0]
        axes.clear()
        axes.set_axis_off()
        axes.imshow(picture.convert("RGB"), interpolation="nearest", aspect="equal")
        figure.canvas.draw_idle()
        figure.canvas.flush_events()

    def open(self, name: str, size: tuple[int, int]) -> Any:
        """Open a window for pictures of (width, height) pixels; return matplotlib's figure."""
        shrink = max(1, size[0] / LARGEST[0], size[1] / LARGEST[1])
        inches = [max(side / shrink, 160) / 100 for side in size]
        figure = self.plt.figure(num=name, figsize=inches, dpi=100)
        figure.add_axes((0, 0, 1, 1))
        own_keys = figure.canvas.manager.key_press_handler_id
        if own_keys is not None:  # matplotlib's own: q would close the window, s save it
            figure.canvas.mpl_disconnect(own_keys)
        figure.canvas.mpl_connect("key_press_event", self.on_key)
        figure.canvas.mpl_connect("close_event", self.on_close)
        figure.show()
        manager = figure.canvas.manager
        manager.set_window_title(f"{name}   [{self.keys}]")
        step = 40 * len(self.figures)  # not one upon the other
        width, height = (round(side * 100) for side in inches)
        first = f"{width}x{height}+{step}+{step}"
        put(getattr(manager, "window", None), known_places().get(name, first))
        self.figures[name] = figure
        return figure

    @property
    def keys(self) -> str:
        """The keys that a window takes, as its title says them."""
        return "q: end" if self.key is None else f"{self.key}: next, q: end"

    def on_key(self, event: Any) -> None:
        """Take a key that was pressed in a window."""
        self.pressed = event.key
        self.ended = self.ended or event.key == "q"

    def on_close(self, event: Any) -> None:
        """Take it that a window was closed."""
        self.ended = True

    def poll(self) -> bool:
        """Let the windows live for a moment; return whether to go on."""
        for name, figure in list(self.figures.items()):
            figure.canvas.flush_events()
            if place := place_of(getattr(figure.canvas.manager, "window", None)):
                self.places[name] = place
        return not self.ended

    def wait(self) -> bool:
        """Wait for the key, in a window or in the terminal; return whether to go on."""
        if self.key is None or self.ended:
            return self.poll()
        if not self.figures:
            return terminal_key(self.key)
        self.pressed = None
        while self.pressed != self.key and not self.ended:
            self.idle()
        return not self.ended

    def stay(self) -> None:
        """Keep the windows until the key, q, or until one is closed."""
        self.pressed = None
        while self.poll() and self.figures and (self.key is None or self.pressed != self.key):
            self.idle()

    def idle(self) -> None:
        """Let a window take keys for a moment."""
        next(iter(self.figures.values())).canvas.start_event_loop(0.05)

    def remember(self) -> None:
        """Keep where the windows stood."""
        if self.places:
            keep_places(self.places)

    def close(self) -> None:
        """Close all windows."""
        for figure in self.figures.values():
            self.plt.close(figure)
        self.figures = {}


def open_display() -> Any:
    """Return matplotlib's pyplot with windows, or None where nothing can open them."""
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not shown:
        return None
    try:
        from matplotlib import pyplot
    except ImportError:
        raise NetkitError(
            "display=true: windows need matplotlib: pip install 'netkit[show]'"
        ) from None
    for backend in [os.environ["MPLBACKEND"]] if os.environ.get("MPLBACKEND") else BACKENDS:
        try:
            pyplot.switch_backend(backend)
            pyplot.close(pyplot.figure())
        except Exception:  # each toolkit fails in its own way where it or the display is missing
            continue
        if pyplot.get_backend().lower() in BACKENDS:
            return pyplot
    return None


def terminal_key(key: str) -> bool:
    """Wait for `key` or q on the terminal, if there is one; return whether it was not q."""
    if not sys.stdin or not sys.stdin.isatty():
        return True
    print(f"{key}: next   q: end", file=sys.stderr, flush=True)
    while True:
        pressed = one_key()
        if pressed in (key, "q", ""):
            return pressed == key


def one_key() -> str:
    """Return the next key pressed on the terminal, without waiting for return."""
    if sys.platform == "win32":
        import msvcrt

        return msvcrt.getwch()
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)  # Ctrl-C stays an interrupt
        return sys.stdin.read(1)
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)

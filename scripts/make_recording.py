"""Record netkit on a terminal as a picture that moves, docs/train.svg, for the README.

    python scripts/make_recording.py

The command runs on a terminal, in a folder that is thrown away; the picture plays what it wrote in
the time that it took, and begins anew. Where nothing moves, the end is seen.
"""

import codecs
import html
import os
import pty
import re
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

DOCS = Path(__file__).parent.parent / "docs"
WORDS = "train", "arch=lenet5"
COLUMNS, ROWS = 104, 30
TYPING, REST = 1.5, 6.0  # seconds for the command to be typed, and to look at the end
FRAME = 0.12  # seconds between two pictures of a line that changes
WIDTH, HEIGHT = 7.8, 18  # pixels of a character
INK, GROUND = "#d6dae2", "#181c24"
CODE = re.compile(r"\x1b\[([\d;?]*)([A-Za-z])|([\r\n])|([^\x1b\r\n]+)")
HALF = re.compile(r"(\x1b(\[[\d;?]*)?)?\Z")  # of a code, whose rest is still to be read
CUBE = 0, 95, 135, 175, 215, 255  # levels of a colour of the 256 of xterm
NAMED = {"31": "#ff6b6b", "32": "#7bd88f", "33": "#f2cc60", "35": "#d09bf0", "36": "#66d9e8"}

Row = tuple[tuple[str, str], ...]  # characters of a line, each with its colour


class Shown(NamedTuple):
    """A line of the screen, and from when to when it looks so; end None: until the end."""

    row: int
    begin: float
    end: float | None
    text: Row


class Screen:
    """What a terminal shows, of the codes that netkit writes: colours, cursor up, clear line."""

    def __init__(self) -> None:
        self.lines: list[list[tuple[str, str]]] = [[]]
        self.row = self.column = 0
        self.colour = INK

    def write(self, text: str) -> None:
        """Take what a program wrote."""
        for values, code, move, plain in CODE.findall(text):
            if plain:
                self.put(plain)
            elif move == "\r":
                self.column = 0
            elif move:
                self.row += 1
                self.lines += [[] for _ in range(self.row + 1 - len(self.lines))]
            elif code == "m":
                self.colour = colour_of(values, self.colour)
            elif code == "A":
                self.row = max(0, self.row - int(values or 1))
            elif code == "K":
                self.lines[self.row].clear()

    def put(self, text: str) -> None:
        """Write characters from the cursor on."""
        line = self.lines[self.row]
        line += [(" ", INK)] * (self.column - len(line))
        line[self.column : self.column + len(text)] = [(c, self.colour) for c in text]
        self.column += len(text)

    def rows(self) -> list[Row]:
        """Return the lines as they are."""
        return [tuple(line) for line in self.lines]


def colour_of(values: str, now: str) -> str:
    """Return the colour after a code ESC[...m: of the eight, or of xterm's cube of 216."""
    parts = values.split(";")
    if parts[:2] == ["38", "5"] and 16 <= int(parts[2]) < 232:
        level = int(parts[2]) - 16
        red, green, blue = (CUBE[level // step % 6] for step in (36, 6, 1))
        return f"#{red:02x}{green:02x}{blue:02x}"
    if parts[:2] == ["38", "5"]:
        return "#6b7485"
    return INK if values in ("", "0", "39") else NAMED.get(parts[-1], now)


def record(folder: str) -> list[tuple[float, str]]:
    """Run the command on a terminal in a folder; return what it wrote, and after which seconds."""
    pid, end = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ |= {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "TERM": "xterm-256color"}
        os.execv(sys.executable, [sys.executable, "-m", "netkit.cli", *WORDS])
    decoder = codecs.getincrementaldecoder("utf-8")()
    written, text, began = [], "", time.monotonic()
    while True:
        try:
            text += decoder.decode(os.read(end, 65536))
        except OSError:  # the other side has closed
            break
        whole = text[: HALF.search(text).start()]
        written.append((time.monotonic() - began, whole))
        text = text[len(whole) :]
    if os.waitpid(pid, 0)[1]:
        raise SystemExit("the command failed: " + "".join(text for _, text in written))
    return [(at, text.replace(f"{folder}/", "")) for at, text in written]


def shown(written: Iterable[tuple[float, str]]) -> tuple[list[Shown], float]:
    """Return each look of each line, in the order of time, and when the last change comes."""
    screen, now, last = Screen(), TYPING, -FRAME
    kept: list[Shown] = []
    looks: dict[int, tuple[float, Row]] = {}
    prompt = "$ " + " ".join(["netkit", *WORDS])
    for count in range(2, len(prompt) + 1):
        at = 0.3 + (TYPING - 0.5) * count / len(prompt)
        change(kept, looks, 0, at, tuple((c, "#ffffff") for c in prompt[:count]))
    for at, text in written:
        screen.write(text)
        now = TYPING + at
        if now - last >= FRAME:
            last = now
            for k, row in enumerate(screen.rows()):
                change(kept, looks, k + 1, now, row)
    for k, row in enumerate(screen.rows()):
        change(kept, looks, k + 1, now, row)
    return kept + [Shown(k, at, None, row) for k, (at, row) in looks.items()], now


def change(
    kept: list[Shown], looks: dict[int, tuple[float, Row]], row: int, now: float, text: Row
) -> None:
    """Note that a line looks so from now on; how it looked before goes to those that are kept."""
    before = looks.get(row)
    if before and before[1] == text:
        return
    if before and before[1]:
        kept.append(Shown(row, before[0], now, before[1]))
    looks[row] = now, text


def svg(looks: list[Shown], last: float) -> str:
    """Return the picture that moves."""
    rows = 1 + max(look.row for look in looks if look.text)
    width, height = round(COLUMNS * WIDTH) + 24, rows * HEIGHT + 24
    period = last + REST
    said = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="netkit {" ".join(WORDS)} on a terminal">',
        f'<rect width="100%" height="100%" rx="8" fill="{GROUND}">'
        f'<animate id="t" attributeName="ry" from="8" to="8" begin="0s;t.end" dur="{period:.2f}s"/>'
        "</rect>",
        f'<g font-family="ui-monospace,Menlo,Consolas,monospace" font-size="13" fill="{INK}">',
        *(line_of(look) for look in looks if look.text),
        "</g></svg>\n",
    ]
    return "\n".join(said)


def line_of(look: Shown) -> str:
    """Return a line as SVG, seen while it looks so."""
    parts: list[list[str]] = []
    for character, colour in look.text:
        if parts and parts[-1][0] == colour:
            parts[-1][1] += character
        else:
            parts.append([colour, character])
    escaped = ((colour, html.escape(text).replace(" ", "\xa0")) for colour, text in parts)
    spans = "".join(
        text if colour == INK else f'<tspan fill="{colour}">{text}</tspan>'
        for colour, text in escaped
    )
    begin = f"t.begin+{look.begin:.2f}s"
    if look.end is None:  # what stays: hidden until it comes
        seen = ""
        moves = f'<set attributeName="visibility" to="hidden" begin="t.begin" end="{begin}"/>'
    else:
        until = f"t.begin+{look.end:.2f}s"
        seen = ' visibility="hidden"'
        moves = f'<set attributeName="visibility" to="visible" begin="{begin}" end="{until}"/>'
    length = f'textLength="{len(look.text) * WIDTH:.1f}" lengthAdjust="spacingAndGlyphs"'
    return f'<text x="12" y="{24 + look.row * HEIGHT}" {length}{seen}>{spans}{moves}</text>'


def main() -> None:
    """Make the picture."""
    with tempfile.TemporaryDirectory(prefix="netkit-") as folder:
        looks, last = shown(record(os.path.realpath(folder)))
    path = DOCS / "train.svg"
    path.write_text(svg(looks, last), encoding="utf-8")
    print(f"{path}: {path.stat().st_size / 1024:.0f} KB, {last:.1f} s")


if __name__ == "__main__":
    main()

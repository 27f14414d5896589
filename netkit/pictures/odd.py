"""Pictures of samples that are odd: a sheet of them, and pairs that are nearly the same."""

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image

from netkit.pictures.explained import enlarged, sized
from netkit.pictures.sheet import shown
from netkit.pictures.style import FAINT, INK, LINE, MARGIN, RED, Draw, fitted, page, write
from netkit.types import Array

SIDE = 84  # pixels of a sample
PITCH = 126, 128  # from one sample to the next
COLUMNS = 10
PAIRS = 5  # in a row


class Card(NamedTuple):
    """A sample (C, H, W), what is said of it, its name, and whether that is in red."""

    image: Array
    said: str
    name: str
    red: bool


def draw_cards(cards: Sequence[Card]) -> Image.Image:
    """Return a picture of samples in rows of ten."""
    rows = -(-len(cards) // COLUMNS)
    columns = min(COLUMNS, len(cards))
    picture, draw = page(2 * MARGIN + columns * PITCH[0], 2 * MARGIN + rows * PITCH[1])
    for k, card in enumerate(cards):
        at = MARGIN + k % COLUMNS * PITCH[0], MARGIN + k // COLUMNS * PITCH[1]
        draw_card(picture, draw, card, at)
    return picture


def draw_pairs(pairs: Sequence[tuple[Card, Card, float]]) -> Image.Image:
    """Return a picture of pairs of samples, five in a row, with how alike they are, 0..1."""
    wide, high = 2 * (SIDE + 4) + 44, PITCH[1] + 16
    rows, columns = -(-len(pairs) // PAIRS), min(PAIRS, len(pairs))
    picture, draw = page(2 * MARGIN + columns * wide, 2 * MARGIN + rows * high)
    for k, (a, b, likeness) in enumerate(pairs):
        x, y = MARGIN + k % PAIRS * wide, MARGIN + k // PAIRS * high
        colour = INK if a.said == b.said else RED
        write(draw, (x, y), f"{likeness:.4f}", size=12, fill=colour)
        for place, card in enumerate((a, b)):
            at = x + place * (SIDE + 4), y + 18
            draw_card(picture, draw, card._replace(red=a.said != b.said), at, SIDE)
    return picture


def draw_card(
    picture: Image.Image, draw: Draw, card: Card, at: tuple[int, int], room: int = PITCH[0] - 6
) -> None:
    """Draw a sample at (x, y) with two lines under it, `room` pixels wide."""
    x, y = at
    w, h = sized(card.image, (SIDE, SIDE))
    draw.rectangle((x - 1, y - 1, x + w, y + h), outline=RED if card.red else LINE)
    picture.paste(enlarged(shown(card.image), (w, h)), at)
    colour = RED if card.red else INK
    write(draw, (x, y + SIDE + 3), fitted(card.said, room, 13), size=13, fill=colour)
    write(draw, (x, y + SIDE + 20), fitted(short(card.name), room, 11), size=11, fill=FAINT)


def short(name: str) -> str:
    """Return the last two parts of a path, which say most."""
    return "/".join(name.split("/")[-2:])

"""Letters drawn with the fonts of Debian packages: folders of small pictures, split by font.

    apt-get install $(python benchmarks/font_letters.py)      # the packages

A picture is one letter in white on black, turned, slanted, resized, bolder or finer, moved, blurred
and noisy, each a little and at random. Fonts of one family are never in two of the parts.
"""

import random
import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

PACKAGES = (
    "adf-accanthis adf-baskervald adf-berenis adf-gillius adf-ikarius adf-irianis adf-libris "
    "adf-mekanus adf-oldania adf-romande adf-solothurn adf-switzera adf-tribun "
    "adf-universalis adf-verana allerta anonymous-pro apropal arapey averia-gwf "
    "averia-sans-gwf averia-serif-gwf b612 beteckna breip bwht cabin cantarell comfortaa "
    "comic-neue courier-prime dancingscript dkg-handwriting dosis dustin essays1743 "
    "eurofurence fantasque-sans femkeklaver goudybookletter humor-sans inconsolata isabella "
    "junction jura karla kaushanscript klee kristi lato leckerli-one levien-typoscript "
    "lindenhill lobstertwo manrope millimetre monofur national-park ocr-a okolaks oldstandard "
    "opendin opendyslexic osifont play prociono quattrocento quicksand radisnoir roadgeek "
    "rocknroll routed-gothic rufscript sil-andika sjfonts sora staypuft summersby tomsontalks "
    "tuffy vollkorn yanone-kaffeesatz yusei-magic "
)
SIZE = 28  # of a picture
SCALE = 4  # letters are drawn so much larger, and then made smaller


def families() -> list[list[str]]:
    """Return the font files of each family in PACKAGES that draws letters and digits."""
    found: dict[str, list[str]] = defaultdict(list)
    for name in PACKAGES.split():
        listed = subprocess.run(
            ["dpkg", "-L", f"fonts-{name}"], capture_output=True, text=True, check=False
        )
        if listed.returncode:
            raise SystemExit(
                f"fonts-{name}: is not installed: "
                "apt-get install $(python benchmarks/font_letters.py)"
            )
        for path in sorted(listed.stdout.splitlines()):
            if path.lower().endswith((".ttf", ".otf")) and (family := family_of(path)):
                found[family].append(path)
    return [found[family] for family in sorted(found)]


def family_of(path: str) -> str:
    """Return the family of a font file; "" if it does not draw each letter in a way of its own."""
    try:
        font = ImageFont.truetype(path, 40)
        masks = [bytes(font.getmask(c)) for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ023456789"]
    except OSError:
        return ""
    drawn = all(any(mask) for mask in masks) and len(set(masks)) == len(masks)
    return str(font.getname()[0]).split()[0].lower() if drawn else ""


def picture(path: str, letter: str, rng: random.Random) -> Image.Image | None:
    """Return a letter as a font draws it, changed at random; None if there is nothing to see."""
    side = SIZE * SCALE
    font = ImageFont.truetype(path, int(side * rng.uniform(0.6, 0.9)))
    image = Image.new("L", (side, side))
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = draw.textbbox((0, 0), letter, font=font)
    if right - left < side / 12 or bottom - top < side / 5:
        return None
    fit = min(1.0, 0.9 * side / max(right - left, bottom - top))
    if fit < 1:
        font = ImageFont.truetype(path, int(font.size * fit))
        left, top, right, bottom = draw.textbbox((0, 0), letter, font=font)
    at = (side - left - right) / 2, (side - top - bottom) / 2
    draw.text(at, letter, font=font, fill=255, stroke_width=rng.choice((0, 0, 1, 2, 3)))
    image = moved(image, rng).resize((SIZE, SIZE), Image.Resampling.BOX)
    image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0, 0.8)))
    noise = np.random.default_rng(rng.getrandbits(32)).normal(0, rng.uniform(0, 30), (SIZE, SIZE))
    light = rng.uniform(0.5, 1)
    return Image.fromarray(np.clip(np.asarray(image) * light + noise, 0, 255).astype("uint8"))


def moved(image: Image.Image, rng: random.Random) -> Image.Image:
    """Return an image turned by up to 20 degrees, slanted and moved."""
    side = image.width
    turned = image.rotate(rng.uniform(-20, 20), Image.Resampling.BILINEAR)
    slant = rng.uniform(-0.3, 0.3)
    shift = [rng.uniform(-0.08, 0.08) * side for _ in "xy"]
    matrix = (1, slant, shift[0] - slant * side / 2, 0, 1, shift[1])
    return turned.transform(image.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR)


def write_folder(
    root: Path, fonts: list[list[str]], letters: Iterable[str], *, count: int, seed: int
) -> None:
    """Write `count` pictures of each letter into root/LETTER, the families taking turns."""
    for letter in letters:
        rng = random.Random(f"{seed} {letter}")
        folder = root / (letter if not letter.islower() else f"{letter}_small")
        folder.mkdir(parents=True)
        order = rng.sample(fonts, len(fonts))
        done, tried = 0, 0
        while done < count and tried < 10 * count:
            path = rng.choice(order[tried % len(order)])
            drawn = picture(path, letter, rng)
            tried += 1
            if drawn is not None:
                drawn.save(folder / f"{done:04d}.png")
                done += 1


if __name__ == "__main__":
    print(" ".join(f"fonts-{name}" for name in PACKAGES.split()))

"""netkit train find_rate=true: which learning rate to take, from a short run in which it rises."""

import csv
import io
import logging
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from netkit.build.parts import settings
from netkit.build.training import make_trainer
from netkit.errors import NetkitError
from netkit.files import write_beside
from netkit.files.text import printable
from netkit.registry import Registry
from netkit.training.rate_finder import Found, RateFinder

log = logging.getLogger("netkit")
OURS = "find_rate", "find_rate_from", "find_rate_to", "find_rate_updates", "eta"


def find_rate(cfg: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Find a learning rate for what `cfg` describes; print it, and draw and write the curve.

    Returns {"eta": the rate}. Nothing is trained: weights that are named stay as they are.
    """
    finder = RateFinder(**settings(cfg, RateFinder))
    trainer = make_trainer(Registry(), cfg, folder)
    for line in trainer.energy.warnings(trainer.net):
        log.warning(line)
    found = finder.run(trainer)
    if not trainer.ranks.writes:
        return {"eta": found.eta}
    folder.mkdir(parents=True, exist_ok=True)
    write_beside(folder / "rate_finder.csv", table(found))
    if find_spec("matplotlib") is not None:
        from netkit.pictures.curves import draw_rates
        from netkit.pictures.style import png

        name = f"{trainer.name}, {cfg['optimizer'].get('type')}, batches of {cfg['batch_size']}"
        picture = draw_rates(found, f"Rate finder: {name}")
        write_beside(folder / "rate_finder.png", png(picture, colour=True))
    if found.eta is None:
        raise NetkitError(
            f"find_rate: the energy did not fall at any rate from {found.rates[0]:.2g} to "
            f"{found.rates[-1]:.2g}; {folder / 'rate_finder.csv'} has its course: give other ends, "
            "find_rate_from=... find_rate_to=..., or another net"
        )
    say(found, finder, cfg, folder)
    return {"eta": found.eta}


def say(found: Found, finder: RateFinder, cfg: dict[str, Any], folder: Path) -> None:
    """Print the rate, where its curve is, and what to type next."""
    best = int(found.smooth.argmin())
    said = f"eta={found.eta:g}: the energy was smallest at {found.rates[best]:.2g}, four times that"
    if best >= len(found.rates) - 2 and len(found.rates) == finder.updates:
        said += f"; it still fell at the end: try find_rate_to={10 * finder.last:g}"
    print(said)
    drawn = folder / "rate_finder.png"
    print(f"its curve: {printable(drawn if drawn.exists() else drawn.with_suffix('.csv'))}")
    words = [w for w in shlex.split(cfg.get("command") or "netkit train") if not is_ours(w)]
    print(f"next: {printable(shlex.join([*words, f'eta={found.eta:g}']))}")


def is_ours(word: str) -> bool:
    """Return whether a word of the command line sets something of the rate finder, or eta."""
    return word.partition("=")[0] in OURS


def table(found: Found) -> bytes:
    """Return the rates and energies as CSV."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(("eta", "energy", "smoothed"))
    rows.writerows(zip(found.rates, found.energies, found.smooth, strict=True))
    return text.getvalue().encode()

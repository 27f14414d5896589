"""HTML of models and runs, for notebooks: everything inline, nothing is fetched."""

import base64
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np
from PIL import Image

from netkit.files.images import as_picture
from netkit.pictures import style
from netkit.pictures.layer_table import HEAD, layer_rows

RIGHT = "text-align: right"
PICTURE = 112  # pixels: the least side of the picture of an answer


def model_page(model: Any) -> str:
    """Return a table of a model's layers, and the last image with its answer if there is one."""
    page = table(HEAD, layer_rows(model.net))
    if model.last_answer:
        page += answer(model.classes, *model.last_answer)
    return page


def run_page(run: Any) -> str:
    """Return a table of the results of a run's iterations."""
    names = [name for name in run.rows[-1] if name != "seconds"] if run.rows else []
    rows = [[f"{row[name]:.4g}" if name in row else "" for name in names] for row in run.rows]
    return table(names, rows) + f"<p>{escape(str(run.folder))}</p>"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return an HTML table whose cells of numbers stand at the right."""
    lines = ["<tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr>"]
    for row in rows:
        cells = (f'<td style="{RIGHT if is_number(c) else ""}">{escape(c)}</td>' for c in row)
        lines.append("<tr>" + "".join(cells) + "</tr>")
    return "<table>" + "".join(lines) + "</table>"


def answer(classes: Sequence[str], image: np.ndarray, confidences: np.ndarray, name: str) -> str:
    """Return an image (C, H, W) beside bars of how far each class is believed."""
    bars = [
        f'<tr><td style="{RIGHT}">{escape(label)}</td><td><div style="background: '
        f'{"#2a7" if label == name else "#999"}; height: 0.8em; width: {round(120 * float(c))}px">'
        f"</div></td><td>{float(c):.2f}</td></tr>"
        for label, c in zip(classes, np.nan_to_num(confidences), strict=True)
    ]
    picture = f'<img style="image-rendering: pixelated" src="data:image/png;base64,{png(image)}">'
    return (
        f'<div style="display: flex; gap: 1em; align-items: center"><div>{picture}<br>'
        f"<b>{escape(name)}</b></div><table>{''.join(bars)}</table></div>"
    )


def png(image: np.ndarray) -> str:
    """Return an image (C, H, W) of 0..255 as a PNG file in base64, small ones enlarged."""
    picture = as_picture(np.nan_to_num(image.astype(np.float32)))
    zoom = max(1, -(-PICTURE // max(picture.size)))
    size = picture.width * zoom, picture.height * zoom
    larger = picture.resize(size, Image.Resampling.NEAREST)
    return base64.b64encode(style.png(larger, colour=True)).decode()


def is_number(text: str) -> bool:
    """Return whether a cell holds a number."""
    return text.replace(",", "").replace(".", "").replace("e-", "").isdigit()

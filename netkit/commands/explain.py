"""netkit explain: heat maps over images, samples that are alike, and a page with them."""

import logging
from pathlib import Path
from typing import Any

import numpy as np

from netkit.build.classifier import make_fitting
from netkit.build.detector import PACKAGED
from netkit.build.explainer import Alike, Explainer, run_data
from netkit.build.parts import settings
from netkit.build.trained import load_trained, net_of
from netkit.checks import Count, Whole, taken
from netkit.classification.answers import scores_of
from netkit.classification.batches import read_item
from netkit.classification.items import UNKNOWN, Part, find_items
from netkit.commands.explain_boxes import explain_boxes
from netkit.commands.explain_net import Plane, liked_section, plane_section
from netkit.dataset import Dataset
from netkit.detection.look import background_of
from netkit.errors import NetkitError
from netkit.explaining.methods import Methods
from netkit.files import write_beside
from netkit.files.names import free_name, stem_of
from netkit.files.text import printable
from netkit.pictures.explained import Near, Row, draw_explained
from netkit.pictures.gallery_page import Section, gallery_page
from netkit.pictures.style import png
from netkit.registry import Registry
from netkit.types import Array

log = logging.getLogger("netkit")
PAGE = "explained.html"
Some = tuple[list[str], Array, list[str]]  # names, images (N, C, H, W), their classes or ""


def explain(cfg: dict[str, Any], folder: str | Path) -> list[Row]:
    """Explain answers of a net: draw them, write a page, print a line each; return the rows."""
    folder, registry = Path(folder), Registry()
    methods = Methods(**settings(cfg, Methods))
    count = taken("count", cfg["count"], Count)
    plane = taken("plane", cfg["plane"], Plane | None)
    checkpoint = load_trained(registry, cfg | {"weights": cfg["weights"] or str(PACKAGED)})
    net, energy, classes = net_of(registry, checkpoint, cfg)
    if energy.targets == "boxes" or background_of(classes) is not None:
        if cfg["maximise"] or plane:
            log.warning(
                "maximise and plane have no effect with a detector: they are of classifiers"
            )
        parts = net, energy, classes, checkpoint.meta
        rows = explain_boxes(parts, cfg, methods, count=count)
        return write(rows, cfg, folder, name=checkpoint.path, sections=[])
    explainer = Explainer(net, energy, classes, methods)
    fitting = make_fitting(checkpoint.meta, net.shape, cfg)
    wanted = taken("nearest", cfg["nearest"], Whole)
    needed = wanted or plane or not (cfg["input"] or cfg["input_list"])
    data = run_data(registry, cfg, checkpoint.meta) if needed else None
    names, images, truth = given(cfg, classes, fitting, count) or hardest(explainer, data, count)
    explained = explainer(images, cfg["answer"])
    alike = (
        [[Near(*one) for one in some] for some in Alike(explainer, data)(images, wanted)]
        if (wanted and data is not None)
        else [[]] * len(images)
    )
    rows = [
        Row(image, name, one.answer, one.confidence, one.heats, near, right)
        for image, name, one, near, right in zip(
            images, names, explained, alike, truth, strict=True
        )
    ]
    sections = []
    if cfg["maximise"]:
        sections.append(liked_section(explainer.tracer, fitting, cfg))
    if plane:
        sections.append(plane_section(explainer, data, cfg))
    return write(rows, cfg, folder, name=checkpoint.path, sections=sections)


def given(cfg: dict[str, Any], classes: list[str], fitting: Any, count: int) -> Some | None:
    """Return the images that a configuration names, fitted; None where it names none."""
    if not (cfg["input"] or cfg["input_list"]):
        return None
    items = find_items(
        cfg["input"],
        cfg["input_list"],
        cfg["file_pattern"],
        classes=classes,
        part=taken("part", cfg["part"], Part),
    )
    if len(items) > count:
        log.warning("the first %d of %d images: count=%d takes all", count, len(items), len(items))
    names, images, truth = [], [], []
    for item in items[:count]:
        images.append(read_item(item, fitting))
        names.append(item.name)
        truth.append("" if item.truth == UNKNOWN else classes[item.truth])
    return names, np.stack(images), truth


def hardest(explainer: Explainer, data: Dataset | None, count: int) -> Some:
    """Return the test samples of a run whose energies are highest."""
    if data is None or not len(data.val):
        raise NetkitError(
            "input=null: nobody knows what this net was tested on: name what to explain: "
            "input=photo.png, a folder, a glob, or a list of paths in names.txt"
        )
    images, labels = np.asarray(data.val.images), data.val.labels
    y = explainer.tracer.outputs(explainer.tracer.inputs(images))
    ops = explainer.energy.ops
    energies = ops.to_host(explainer.energy.forward(ops.asarray(y), ops.asarray(labels))[0])
    wrong = scores_of(explainer.energy, y, len(explainer.classes)).labels != labels
    order = np.lexsort((-energies, ~wrong))[:count]
    names = data.sample_names("val")
    return [names[k] for k in order], images[order], [data.classes[labels[k]] for k in order]


def write(
    rows: list[Row], cfg: dict[str, Any], folder: Path, *, name: Any, sections: list[Section]
) -> list[Row]:
    """Draw the rows and write the page; return the rows."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    for row in rows:
        shown = row._replace(
            name=printable(row.name), answer=printable(row.answer), truth=printable(row.truth)
        )
        box = "" if row.box is None else " box " + ",".join(f"{round(v)}" for v in row.box)
        print(f"{shown.name}: {shown.said}{box}")
        picture = png(draw_explained([shown], shown.said, shown.name), colour=True)
        drawn.append((picture, ""))
        if cfg["save_images"]:
            write_beside(free_name(folder / f"{stem_of(row.name)}.png"), picture)
    every = [
        Section("Answers", [legend(rows)] if rows else ["nothing was found"], drawn),
        *sections,
        Section("How to repeat it", command=printable(cfg.get("command", ""))),
    ]
    title = f"Why {printable(name)} answers so"
    write_beside(folder / PAGE, gallery_page(title, f"{len(rows)} answers", every).encode())
    for section in sections:
        stem = section.title.split(":")[0].lower().replace(" ", "_")
        write_beside(folder / f"{stem}.png", section.pictures[0][0])
    print(f"{len(rows)} answers explained: {printable(folder)}/{PAGE}")
    return rows


def legend(rows: list[Row]) -> str:
    """Return how to read the heat maps that there are."""
    heats = rows[0].heats
    two = [name for name, heat in heats.items() if heat.signed]
    one = [name for name, heat in heats.items() if not heat.signed]
    said = []
    if one:
        said.append(f"{', '.join(one)}: the darker, the more the answer hangs on it.")
    if two:
        said.append(f"{', '.join(two)}: red speaks for the answer, blue against it.")
    return " ".join([*said, "Each map has a scale of its own."])

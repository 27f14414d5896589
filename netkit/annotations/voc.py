"""Pascal VOC's XML: a file a picture, and lists of them in ImageSets."""

import os
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import numpy as np

from netkit.annotations.annotation import (
    DIFFICULT,
    WANTED,
    Described,
    Reading,
    Size,
    described,
    of_its_kind,
)
from netkit.annotations.findings import Findings
from netkit.annotations.layout import PARTS, Tree, part_of
from netkit.errors import NetkitError
from netkit.files.documents import LARGEST, read_text
from netkit.files.names import inside

SETS = "ImageSets", "ImageSets/Main"  # folders of lists; those of single classes are not read
SIDES = "xmin", "ymin", "xmax", "ymax"


class Page(NamedTuple):
    """What an XML file says: its picture's name and size, and each object."""

    path: Path
    filename: str
    size: Size | None
    things: list["Thing"]


class Thing(NamedTuple):
    """An object: its class, its box, and whether it is marked as difficult to recognize."""

    name: str
    box: tuple[float, ...]
    difficult: bool


def read_voc(files: list[Path], tree: Tree) -> Reading:
    """Return what XML files describe: in the parts that lists name, or the folders that hold them.

    A set is a folder with Annotations, JPEGImages and ImageSets in it, or a plain folder.
    """
    findings, parts = Findings(), dict[str, list[Described]]()
    pages = [page_of(path) for path in files]
    classes = sorted({thing.name for page in pages for thing in page.things})
    numbers = {name: k for k, name in enumerate(classes)}
    by_stem = {(path.parent, path.stem): path for path in reversed(tree.pictures)}
    found: dict[Path, list[Described]] = {}
    for page in pages:
        base = base_of(page.path)
        rows = [(numbers[thing.name], thing.box) for thing in page.things]
        marks = [DIFFICULT if thing.difficult else WANTED for thing in page.things]
        row = described(picture_of(page, base, by_stem), rows, page.size)
        row = row._replace(marks=np.array(marks, np.int8))
        found.setdefault(base, []).append(row)
    for base, some in found.items():
        lists = listed(base)
        stems = {path.stem for path in files if base_of(path) == base}
        others = plain_pictures(base, tree, {row.path for row in some})
        listed_stems = set().union(*lists.values())
        for path in others:
            if path.stem in listed_stems or (not lists and path.stem not in stems):
                findings.add("plain", path)
                some.append(described(path, []))
        for row in some:
            inside_of = [part for part, names in lists.items() if row.path.stem in names]
            if lists and not inside_of:
                findings.add("no_part", row.path)
            for part in inside_of if lists else [part_of(row.path, tree.root)]:
                parts.setdefault(part, []).append(row)
        for name in sorted(listed_stems - {row.path.stem for row in some}):
            findings.add("missing", base / name)
    return Reading(classes, parts, findings)


def page_of(path: Path) -> Page:
    """Return what an XML file says; raise NetkitError if it is none of annotations."""
    top = parse_xml(path)
    with of_its_kind(path):
        name = top.findtext("filename", "").strip() or f"{path.stem}.jpg"
        inside(path.parent, name, f"{path}: filename")
        return Page(path, name, size_of(top), [thing_of(o) for o in top.iter("object")])


def plain_pictures(base: Path, tree: Tree, known: set[Path]) -> list[Path]:
    """Return the pictures of a set that no XML file is about."""
    return [path for path in tree.pictures if path not in known and base_of(path) == base]


def base_of(path: Path) -> Path:
    """Return the folder of the set that an XML file or a picture of it belongs to."""
    inner = "Annotations", "JPEGImages", "annotations", "images"
    return path.parent.parent if path.parent.name in inner else path.parent


def listed(base: Path) -> dict[str, set[str]]:
    """Return the stems that the lists of a set name, by part; none if it has no lists.

    trainval is taken to train on where there is no list of train.
    """
    found: dict[str, set[str]] = {}
    for folder in (base / name for name in SETS):
        for name in (*PARTS, "trainval"):
            path = folder / f"{name}.txt"
            part = "train" if name == "trainval" else name
            if path.is_file() and (name != "trainval" or "train" not in found):
                lines = read_text(path, str(path)).lstrip("\ufeff").split("\n")
                names = [line.split()[0] for line in lines if line.strip()]
                found.setdefault(part, set()).update(Path(n).stem if "." in n else n for n in names)
    return found


def picture_of(page: Page, base: Path, by_stem: dict[tuple[Path, str], Path]) -> Path:
    """Return the picture that an XML file is about: by its filename, else by its own name."""
    here = page.path.parent / page.filename
    folders = [base / "JPEGImages", base / "images", base]
    for picture in (here, *(folder / here.name for folder in folders)):
        if os.path.isfile(picture):
            return picture
    for stem in (here.stem, here.name, page.path.stem):
        for folder in (page.path.parent, *folders):
            if (folder, stem) in by_stem:
                return by_stem[folder, stem]
    return here


def thing_of(thing: ElementTree.Element) -> Thing:
    """Return the Thing that an object is.

    VOC counts pixels from 1, and the last ones are inside. A box between equal numbers is none all
    the same: it comes of a click.
    """
    x0, y0, x1, y1 = (float(text(thing, f"bndbox/{side}")) for side in SIDES)
    last_in = 0 if x0 == x1 or y0 == y1 else 1
    box = x0 - 1, y0 - 1, x1 - 1 + last_in, y1 - 1 + last_in
    difficult = thing.findtext("difficult", "").strip().lower() in ("1", "true")
    return Thing(text(thing, "name"), box, difficult)


def size_of(top: ElementTree.Element) -> Size | None:
    """Return the size that an XML file says its picture has; some write zeros."""
    sides = [top.findtext(f"size/{side}", "").strip() for side in ("width", "height")]
    if not all(side.isascii() and side.isdigit() and len(side) < 10 for side in sides):
        return None
    width, height = map(int, sides)
    return (width, height) if width and height else None


def parse_xml(path: Path) -> ElementTree.Element:
    """Return the top of an XML file; raise NetkitError if it declares entities: they explode."""
    if path.stat().st_size > LARGEST:
        raise NetkitError(f"{path}: at most {LARGEST:,} bytes are read: is it another file?")
    written = path.read_bytes()
    plain = written.replace(b"\0", b"")  # UTF-16 as well
    if b"<!DOCTYPE" in plain or b"<!ENTITY" in plain:
        raise NetkitError(f"{path}: has a DOCTYPE, which annotations do not need: take it out")
    try:
        return ElementTree.fromstring(written)
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise NetkitError(
            f"{path}: is no whole annotation file of its kind ({error}): write it anew"
        ) from None


def text(element: ElementTree.Element, path: str) -> str:
    """Return the text at a path in an element; raise KeyError if there is none."""
    found = element.findtext(path)
    if found is None:
        raise KeyError(path)
    return found.strip()

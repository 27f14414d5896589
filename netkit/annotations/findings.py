"""What is odd about annotated pictures: a line for each kind of thing, and how many."""

from typing import NamedTuple

from netkit.files.text import printable


class Kind(NamedTuple):
    """One thing, several of them, and what is to be said of them."""

    one: str
    several: str
    said: str


KINDS = {
    "missing": Kind("annotated picture", "annotated pictures", "not there, left out"),
    "unknown": Kind("box", "boxes", "of no picture of the file, left out"),
    "unreadable": Kind("picture", "pictures", "left out, cannot be read"),
    "no_part": Kind("picture", "pictures", "in no part, left out"),
    "not_listed": Kind("picture", "pictures", "not in the annotation file, left out"),
    "plain": Kind("picture", "pictures", "without annotation, taken for one without boxes"),
    "difficult": Kind("box", "boxes", "difficult, neither learnt nor counted"),
    "crowd": Kind("box", "boxes", "of a crowd (iscrowd), neither learnt nor counted"),
    "boxless": Kind("crowd", "crowds", "(iscrowd) without a bbox, left out"),
    "group": Kind("category", "categories", "a group of others without boxes, left out"),
    "same_class": Kind("class", "classes", "named twice, taken for one"),
    "polygon": Kind("polygon", "polygons", "taken as the box around it"),
    "keypoints": Kind("box", "boxes", "with keypoints, which are left out"),
    "size": Kind("picture", "pictures", "of another size than its annotation says"),
    "stored": Kind("picture", "pictures", "turned upright as EXIF says, with the boxes"),
    "turned": Kind(
        "picture", "pictures", "turned upright as EXIF says; boxes are taken to be upright"
    ),
    "clipped": Kind("box", "boxes", "partly outside of the picture, clipped"),
    "outside": Kind("box", "boxes", "wholly outside of the picture, left out"),
    "empty": Kind("box", "boxes", "of no area, left out"),
    "twice": Kind("box", "boxes", "there twice, taken once"),
    "both": Kind("picture", "pictures", "to test on, trained on as well, byte for byte"),
    "no_test": Kind("folder", "folders", "to test on named and not there"),
    "nameless": Kind(
        "class", "classes", "without a name (data.yaml, classes.txt), called by number"
    ),
    "left": Kind("annotation file", "annotation files", "left out, another serves"),
}


LONGEST = 500  # letters of where one is


class Findings:
    """How many there are of each kind of KINDS, and where the first one is."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.first: dict[str, str] = {}

    def add(self, kind: str, where: object, count: int = 1) -> None:
        """Count so many of a kind; nothing if there are none."""
        if count:
            self.counts[kind] = self.counts.get(kind, 0) + count
            self.first.setdefault(kind, str(where)[:LONGEST])

    def lines(self) -> list[str]:
        """Return a line for each kind that there is."""
        lines = []
        for kind, (one, several, said) in KINDS.items():
            if count := self.counts.get(kind):
                what = one if count == 1 else several
                where = printable(self.first[kind])
                first = where if count == 1 else f"the first is {where}"
                lines.append(f"{count:,} {what} {said}: {first}")
        return lines

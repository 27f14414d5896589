"""The documentation: no broken link, every page in the site, a tutorial and lessons that run."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image, ImageDraw

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def anchors(page):
    """Return what links may name in a page: its headings, as GitHub writes them."""
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    plain = (re.sub(r"[^\w\- ]", "", title.lower()) for title in titles)
    return {title.replace(" ", "-") for title in plain}


LESSONS = sorted((ROOT / "examples").glob("lesson*.ipynb"))


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.stem)
def test_lessons_run(lesson, tmp_path, monkeypatch, capsys):
    """Their code from the first cell to the last; no cell keeps an output."""
    monkeypatch.chdir(tmp_path)
    space: dict = {}
    for cell in json.loads(lesson.read_text())["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), lesson.name, "exec"), space)
            assert cell["outputs"] == []
    said = capsys.readouterr().out
    assert {
        "lesson1_convolution": "largest difference: ",
        "lesson2_what_layers_see": "two sevens: ",
        "lesson3_why_it_fails": " taken for ",
    }[lesson.stem] in said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(), flags=re.S)
    for link in LINK.findall(text):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}"


def test_every_page_is_in_the_site():
    """Once each, and none that is not there."""
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text())
    listed = [name for section in site["nav"] for pages in section.values() for name in pages]
    assert sorted(listed) == sorted(page.name for page in (ROOT / "docs").glob("*.md"))


def write_photos(folder):
    """Write twenty pictures each of discs and of crosses, and two without a class."""
    rng = np.random.default_rng(0)
    places = [(name, k) for name in ("disc", "cross") for k in range(20)]
    for name, k in [*places, ("new", 0), ("new", 1)]:
        image = Image.new("RGB", (60, 50), tuple(int(c) for c in rng.integers(0, 120, 3)))
        draw, x, y = ImageDraw.Draw(image), *(int(v) for v in rng.integers(8, 20, 2))
        colour = tuple(int(c) for c in rng.integers(150, 256, 3))
        if name == "disc":
            draw.ellipse((x, y, x + 24, y + 24), fill=colour)
        else:
            draw.line((x, y, x + 24, y + 24), colour, 6)
            draw.line((x + 24, y, x, y + 24), colour, 6)
        path = folder / name / f"{k}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        image.save(path)


def test_the_tutorial_runs_as_written(cli, tmp_path):
    """Its commands one after the other in one folder; training on pictures is cut short."""
    write_photos(tmp_path / "photos")
    (tmp_path / "photos" / "new").rename(tmp_path / "new")
    page = (ROOT / "docs" / "tutorial.md").read_text()
    lines = [
        line
        for block in re.findall(r"```bash\n(.*?)```", page, re.S)
        for line in block.splitlines()
    ]
    said = {}
    for line in lines:
        program, *words = shlex.split(line)
        assert program == "netkit"
        if "recipe=photos" in words:
            words.append("iterations=3")
        said[line] = cli(*words).stdout
    assert len(said) >= 10
    assert "test_correct=9" in said["netkit train arch=lenet5"].splitlines()[-2]
    assert said["netkit runs"].count("lenet5") == 3
    answers = said["netkit classify weights=latest input=new"].splitlines()
    assert [line.split(":")[0] for line in answers[:2]] == ["new/0.png", "new/1.png"]
    assert all(re.search(r": (disc|cross) \(0\.\d\d\)", line) for line in answers[:2])
    for name in ("net.html", "net.c", "net.h"):
        assert (tmp_path / name).stat().st_size > 500

"""Every page as axe-core sees it, on a screen in light and on a phone in dark: no violation."""

import threading
from contextlib import contextmanager

import numpy as np
import pytest
from live_runs import watched
from PIL import Image

from netkit.commands.convert import convert
from netkit.commands.runs import runs
from netkit.pictures.gallery_page import Section, gallery_page
from netkit.pictures.style import png
from netkit.play.player import Player
from netkit.play.server import listen, server

LOOK = (  # two frames later: what follows from the size of the window has followed
    "const done = arguments[0], look = () => axe.run({resultTypes: ['violations']}).then(done);"
    "requestAnimationFrame(() => requestAnimationFrame(look))"
)
WIDE = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@contextmanager
def played(trained):
    """The address of the page to draw on."""
    pytest.importorskip("uvicorn")
    running, listener = server(Player(*trained)), listen(0)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join()
    listener.close()


@contextmanager
def watched_page(folder):
    """The address of the page of a run that waits."""
    pytest.importorskip("uvicorn")
    with watched(folder / "live") as (_, address):
        yield address


@contextmanager
def from_disk(name, folder, run):
    """The address of a page that is one file."""
    path = run / name if name == "report.html" else folder / name
    if name == "net.html":
        convert(str(run), str(path), {})
    elif name == "runs.html":
        runs([str(run)], compare=path)
    elif name == "explained.html":
        picture = png(Image.fromarray(np.zeros((80, 700), np.uint8)))
        rows = ["sample", "its label", "its answer"], *(["val[3]", "9", "4"] for _ in range(3))
        sections = Section(
            "Answers", ["Two lines"], [(picture, "a wide one")], rows, "netkit train"
        )
        path.write_text(gallery_page("Why", "of a net", [sections]), encoding="utf-8")
    yield path.as_uri()


@pytest.fixture(params=["play", "live", "net.html", "report.html", "runs.html", "explained.html"])
def address(request, tmp_path, trained_run):
    """The address of each page."""
    if request.param == "play":
        opened = played(request.getfixturevalue("trained"))
    elif request.param == "live":
        opened = watched_page(tmp_path)
    else:
        opened = from_disk(request.param, tmp_path, trained_run)
    with opened as found:
        yield found


def test_axe_finds_nothing(browser, axe, address):
    size = {"height": 900, "deviceScaleFactor": 1, "mobile": False}
    try:
        browser.get(address)
        browser.execute_script(axe)
        for width, scheme in (1400, "light"), (390, "dark"):
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size | {"width": width})
            wanted = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)
            found = browser.execute_async_script(LOOK)
            said = [
                (one["id"], [node["html"][:90] for node in one["nodes"]])
                for one in found["violations"]
            ]
            assert said == [], (width, scheme)
            assert len(found["passes"]) > 10
            assert browser.execute_script(WIDE) <= 0
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})

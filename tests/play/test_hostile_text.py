"""Text of strangers in pages: what would be markup, or turn the writing around, stays text."""

import threading

import numpy as np
import pytest

import netkit
from netkit.files.text import printable

MARKS = [
    "<script>alert(1); window.owned = 1</script>",
    '"><img src=x onerror="window.owned = 2">',
    "</script><script>window.owned = 3</script>",
    "'&lt;b&gt;&amp;",
    "javascript:alert(4)",
    "\u202egnp.exe",
    "${alert(5)} {{6*7}}",
    "\U0001f600 ñ 数 שלום",
    "__proto__",
]
FOLDER = "run '\"<img src=x onerror=alert(7)>&"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A run whose classes, arch, files, folder and settings are called as a stranger may call them.

    Its report has a picture with such a name too.
    """
    folder = tmp_path_factory.mktemp("hostile") / FOLDER
    rng = np.random.default_rng(0)
    labels = np.arange(36) % len(MARKS)
    for name, array in (("x", rng.integers(0, 256, (36, 8, 8), np.uint8)), ("y", labels)):
        np.save(folder.parent / f"{name}.npy", array)
    (folder.parent / "names.txt").write_text("\n".join(MARKS), encoding="utf-8")
    pictures = folder / "pictures"
    pictures.mkdir(parents=True)
    from PIL import Image

    for mark in MARKS:
        if "/" not in mark:
            Image.new("L", (4, 4)).save(pictures / f"{mark}_i00001.png")
    files = {"train": "x.npy", "train_labels": "y.npy", "val": "x.npy", "val_labels": "y.npy"}
    return netkit.train(
        "data=files",
        "arch=mlp",
        {"arch": {"name": MARKS[1], "hidden": 5}, "iterations": 1},
        {"root": str(folder.parent), "train_size": None, "val_size": None, "threads": 1},
        train_classes=str(folder.parent / "names.txt"),
        folder=folder,
        **files,
    )


def check_page(browser, address, marks):
    """Open a page: nothing of a mark may run or become an element, and all may be read."""
    from selenium.common.exceptions import NoAlertPresentException

    browser.get(address)
    with pytest.raises(NoAlertPresentException):
        browser.switch_to.alert  # noqa: B018
    assert browser.execute_script("return window.owned") is None
    sources = browser.execute_script("return [...document.images].map(i => i.getAttribute('src'))")
    assert all(source is None or source.startswith("data:image/png") for source in sources)
    assert len(browser.find_elements("css selector", "script")) <= 1
    assert not browser.find_elements("css selector", "[onerror], [onload], b > img")
    text = browser.execute_script("return document.documentElement.textContent")
    for mark in marks:
        assert mark in text or printable(mark) in text, mark


def test_the_report(browser, hostile):
    check_page(browser, (hostile.folder / "report.html").as_uri(), [*MARKS[:2], FOLDER])
    shown = browser.execute_script("return [...document.images].map(i => i.alt)")
    assert set(shown) == {mark for mark in MARKS if "/" not in mark}
    assert MARKS[1] in browser.title
    assert all(
        browser.execute_script("return [...document.images].map(i => i.naturalWidth > 0)")
    ), "the policy of the page lets its own pictures through"


def test_notebooks(browser, hostile, tmp_path):
    hostile.model.predict(np.zeros((8, 8), np.uint8))
    page = "<meta charset=utf-8>" + hostile.model._repr_html_() + hostile._repr_html_()
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    check_page(browser, (tmp_path / "page.html").as_uri(), [*MARKS, FOLDER])


def test_the_page_to_draw_on(browser, hostile):
    pytest.importorskip("uvicorn")
    from netkit.play.player import Player
    from netkit.play.server import HOST, listen, server

    player = Player(hostile.net, hostile.model.energy, hostile.model.classes)
    listener = listen(0)
    running = server(player)
    thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
    thread.start()
    try:
        check_page(browser, f"http://{HOST}:{listener.getsockname()[1]}", MARKS)
        answer = browser.execute_async_script(
            "const done = arguments[0]; begin([20, 20]); extend([80, 90]); end();"
            "ask().then(() => done(facts.classes[answered.label]));"
        )
        assert answer in MARKS
        assert browser.find_element("id", "answer").get_property("textContent") == answer
        assert browser.execute_script("return window.owned") is None
    finally:
        running.should_exit = True
        thread.join(10)
        listener.close()

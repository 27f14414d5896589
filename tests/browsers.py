"""A real browser, headless Chromium, for the tests of the pages, and axe to look over them."""

import os
import shutil
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--use-fake-device-for-media-stream",  # a camera that shows a test picture
    "--use-fake-ui-for-media-stream",
    "--window-size=1300,1000",
]


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    webdriver = pytest.importorskip("selenium.webdriver")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("needs chromium and chromedriver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in [*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"]:
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    session = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    yield session
    session.quit()


@pytest.fixture(scope="session")
def axe():
    """The script of axe-core: that of the file AXE names, else that of the package."""
    if path := os.environ.get("AXE"):
        return Path(path).read_text(encoding="utf-8")
    package = pytest.importorskip("axe_core_python", reason="needs: pip install axe-core-python")
    return (Path(package.__file__).parent / "axe.min.js").read_text(encoding="utf-8")


def wait_for(condition, seconds=20):
    """Wait until condition() is true, and return what it is."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "nothing came"
        time.sleep(0.02)
    return found


@contextmanager
def opened_page(browser, page, ready):
    """The browser with a converted page open, once it is ready; nothing was complained of."""
    browser.get_log("browser")
    browser.get(page.as_uri())
    wait_for(lambda: browser.execute_script(f"return {ready}"))
    yield browser
    assert browser.get_log("browser") == []
    assert browser.find_element("id", "problem").text == ""

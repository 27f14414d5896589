"""The pages in a real browser, headless Chromium: what a person would see and do there."""

import io
import re
import subprocess
import sys

import numpy as np
import pytest
from browsers import wait_for
from PIL import Image

from netkit.pictures.report_page import report_page

FACTS = {  # of a run of boxes, as little as its page needs
    "rows": [{"iteration": 4, "energy": 1.0, "test_energy": 1.0, "test_map": 0.5, "eta": 0.1}],
    "opening": [],
    "classes": {"when": "", "head": [], "rows": []},
    "layers": [],
    "machine": {"training": "1 s"},
}


def screenshot(browser):
    return np.asarray(Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("L"))


def slide(browser, value):
    browser.execute_script(
        "const s = document.getElementById('slider');"
        "s.value = arguments[0]; s.dispatchEvent(new Event('input'));",
        value,
    )


def shown(browser, kind):
    return browser.execute_script(f"return document.querySelector(\"img[alt='{kind}']\").src")


def test_the_report(browser, trained_run):
    browser.get((trained_run / "report.html").as_uri())
    assert len(np.unique(screenshot(browser))) > 20, "the page is blank"
    assert "lenet5 on MNIST" in browser.find_element("id", "title").text
    assert "iteration 2" in browser.find_element("id", "shown").text
    opening = browser.find_element("id", "opening").text.splitlines()
    assert opening[0].endswith(" mnist: 1,500 images to train on, 200 to test on")
    assert [line.split()[0] for line in opening] == ["data", "classes", "images", "net", "run"]
    pictures = browser.find_elements("css selector", "#pictures img")
    assert len(pictures) == 9
    assert all(
        browser.execute_script("return arguments[0].naturalWidth", p) > 300 for p in pictures
    )
    assert len(browser.find_elements("css selector", "#charts path")) == 5

    last = shown(browser, "test"), shown(browser, "internals0")
    slide(browser, 1)
    assert "iteration 1" in browser.find_element("id", "shown").text
    assert last[0] != shown(browser, "test")
    slide(browser, 0)
    assert browser.find_element("id", "shown").text == "before training"
    assert last[1] != shown(browser, "internals0")

    browser.find_element(
        "css selector", "#pictures input[type=checkbox]"
    ).click()  # beside before training
    slide(browser, 2)
    pair = browser.find_elements("css selector", "img[alt='internals0']")
    assert len(pair) == 2
    assert pair[0].get_attribute("src") != pair[1].get_attribute("src") == last[1]
    assert browser.get_log("browser") == []


def test_a_drawn_one_is_answered_1(browser, trained_run):
    pytest.importorskip("uvicorn")
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.keys import Keys

    command = [sys.executable, "-m", "netkit.cli", "play", f"weights={trained_run}", "port=0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        browser.get(server.stdout.readline().split()[2])
        pad = browser.find_element("id", "pad")
        pen = (
            ActionChains(browser, duration=20)
            .move_to_element_with_offset(pad, 5, -90)
            .click_and_hold()
        )
        for y in range(-60, 91, 30):
            pen = pen.move_to_element_with_offset(pad, 0, y)
        pen.release().perform()
        wait_for(lambda: browser.find_element("id", "answer").text)
        wait_for(lambda: browser.execute_script("return !answering && !stale"))
        assert browser.find_element("id", "answer").text == "1"
        assert browser.find_element("css selector", "#bars .best").text.split()[0] == "1"
        maps = browser.find_elements("css selector", ".layer canvas:first-child")
        assert len(maps) == len(browser.find_elements("css selector", ".layer")) > 15
        assert browser.execute_script("return strokeTimes.length") >= 1
        slider = browser.find_element("id", "iteration")
        assert browser.find_element("id", "iteration-name").text == "after iteration 2"
        last = browser.execute_script("return [...rowParts.at(-1).values]")
        slider.send_keys(Keys.ARROW_LEFT)
        assert browser.find_element("id", "iteration-name").text == "after iteration 1"
        wait_for(lambda: browser.execute_script("return !answering && !stale"))
        assert browser.execute_script("return [...rowParts.at(-1).values]") != last
        slider.send_keys(Keys.ARROW_RIGHT)
        wait_for(lambda: browser.execute_script("return !answering && !stale"))
        assert browser.execute_script("return [...rowParts.at(-1).values]") == last
        maps = browser.find_elements("css selector", ".layer canvas:first-child")
        ActionChains(browser).move_to_element_with_offset(maps[2], 5, 5).perform()
        wait_for(lambda: browser.execute_script("return kernels.width") > 50)
        assert len(np.unique(screenshot(browser))) > 50
        browser.find_element("id", "clear").click()
        assert browser.find_element("id", "answer").text == ""
        assert browser.get_log("browser") == []
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


def test_the_report_of_a_run_without_tests(browser, tmp_path):
    """Nothing undefined, no error in the console; charts name values, tables sort."""
    from netkit.commands.train import run
    from netkit.config.compose import compose

    words = ["iterations=3", "train_size=60", "val_size=10", "arch=linear", "no_testing_test=true"]
    run(compose("train", words), tmp_path, quiet=True)
    browser.get((tmp_path / "report.html").as_uri())
    text = browser.find_element("tag name", "body").text
    assert "undefined" not in text
    assert "NaN" not in text
    assert "best" not in browser.find_element("id", "numbers").text
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []
    tip = browser.execute_script(
        "const svg = document.querySelector('#charts svg'), box = svg.getBoundingClientRect();"
        "svg.dispatchEvent(new PointerEvent('pointermove', {clientX: box.right - 12}));"
        "return document.querySelector('#charts .tip').textContent"
    )
    assert tip.startswith("iteration 3: training ")
    heads = browser.find_elements("css selector", "#results th")
    order = (
        "return [...document.querySelectorAll('#results tbody tr')].map(r => r.cells[0].innerText)"
    )
    assert browser.execute_script(order) == ["1", "2", "3"]
    heads[0].click()
    heads[0].click()
    assert browser.execute_script(order) == ["3", "2", "1"]
    assert heads[0].get_attribute("aria-sort") == "descending"


def test_curves_of_a_detector(browser, tmp_path):
    """A curve a class and one of all; the pointer names the nearest point and dims the rest."""
    points = [[0.9, 0.5, 1.0, 0.667], [0.4, 1.0, 0.8, 0.889]]
    classes = [{"name": "<b>cat", "ap": 0.9, "points": points}]
    classes += [{"name": "dog", "ap": None, "points": [[0.5, 0.25, 0.1, 0.143]]}]
    found = {"when": "iteration 4", "threshold": 0.45, "all": points, "classes": classes}
    page = tmp_path / "report.html"
    page.write_text(report_page(FACTS | {"precision": found}, tmp_path))
    browser.get(page.as_uri())
    heading = browser.find_element("css selector", "#precision h2").text
    assert heading == "Precision and recall of boxes, iteration 4"
    first, second = browser.find_elements("css selector", "#precision .charts > div")
    assert [key.text for key in first.find_elements("css selector", ".key")] == [
        "● <b>cat 0.900",
        "● dog",
        "● all together",
    ]
    assert "best F1 at 0.450" in second.text
    assert len(browser.find_elements("css selector", "#precision path")) == 6
    told = browser.execute_script(
        "const svg = document.querySelector('#precision svg'), box = svg.getBoundingClientRect();"
        "svg.dispatchEvent(new PointerEvent('pointermove', {clientX: box.left + box.width * 0.315,"
        "clientY: box.top + box.height * 0.76}));"
        "return [document.querySelector('#precision .tip').textContent,"
        "[...svg.querySelectorAll('path')].map(p => p.getAttribute('opacity'))]"
    )
    lines = ["dog", "from confidence 0.500", "precision 0.100", "recall 0.250", "F1 0.143"]
    assert told == ["\n".join(lines), ["0.15", "1", "0.15"]]
    assert browser.get_log("browser") == []


def test_a_narrow_report(browser, trained_run):
    """Nothing is cut off at the side of a phone; the best iteration is named; a click saves."""
    size = browser.get_window_size()
    browser.set_window_size(500, 900)
    browser.get((trained_run / "report.html").as_uri())
    wide = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    assert len(set(browser.execute_script(wide))) == 1
    assert re.search(r"the best, iteration \d", browser.find_element("id", "numbers").text)
    assert len(browser.find_elements("css selector", "#classes tbody tr")) == 10
    browser.execute_script(
        "const a = document.querySelector('#pictures figure a'); a.addEventListener('click',"
        "e => e.preventDefault()); a.click(); window.saved = a.download"
    )
    assert browser.execute_script("return window.saved") == "test_i00002.png"
    browser.set_window_size(size["width"], size["height"])

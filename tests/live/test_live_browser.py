"""The page of a run in a real browser, headless Chromium: what a pupil sees and does there."""

from pathlib import Path

import pytest
from browsers import wait_for
from live_runs import watched

CHECKS = (Path(__file__).parent.parent / "play" / "checks.js").read_text()
SPEED = (
    "const s = document.getElementById('speed');"
    "s.value = arguments[0]; s.dispatchEvent(new Event('change'));"
)
WIDE = "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"


def test_a_net_learns_digits_on_the_page(browser, tmp_path):
    pytest.importorskip("uvicorn")

    def holds(condition):
        wait_for(lambda: browser.execute_script(f"return {condition}"))

    def text(name):
        return browser.find_element("id", name).text

    with watched(tmp_path / "a", "iterations=4") as (process, address):
        browser.get(address)
        holds("fills > 0")
        assert browser.execute_script(CHECKS) == []
        assert text("status") == "Paused: update 0 of 24, iteration 1 of 4"
        assert text("go") == "Begin"
        assert len(browser.find_elements("css selector", "#rows .layer")) > 15
        before = browser.execute_script("return [...kernelValues.c0.values]")
        assert len(before) == 6 * 25

        browser.find_element("id", "step").click()
        holds("run.step === 1 && run.paused && run.spreads[0].gradients")
        after = browser.execute_script("return [...kernelValues.c0.values]")
        assert after != before
        assert len(browser.find_elements("css selector", "#worst figure")) == 12
        bars = "return document.querySelectorAll('#spreads svg path[d^=M0]').length"
        assert browser.execute_script(bars) == 2 * len(
            browser.find_elements("css selector", ".spread")
        )

        browser.find_elements("css selector", "#examples button")[3].click()
        holds("run.chosen === 3")
        assert text("answer") in list("0123456789")

        eta = browser.find_element("id", "eta")
        for typed, said in (("-1", "eta=-1: give a number from 0, such as 0.001"), ("0.01", "")):
            eta.clear()
            eta.send_keys(typed)
            browser.find_element("id", "set").click()
            wait_for(lambda said=said: text("problem") == said)
        holds("run.etas.length === 1")
        assert text("etas") == "Changed: 0.01 from update 2 (live.csv)"

        browser.execute_script(SPEED, "10")
        browser.find_element("id", "go").click()
        holds("run.step > 3 && !run.paused")
        browser.find_element("id", "go").click()
        holds("run.paused")
        assert text("status").startswith("Paused: update ")
        assert browser.execute_script("return run.step") < 24
        drawn = "return document.querySelector('#energy .raw').getAttribute('d').split('L').length"
        assert browser.execute_script(drawn) == browser.execute_script("return run.step")

        size = browser.get_window_size()
        for width in (1400, 500):
            browser.set_window_size(width, 900)
            assert len(set(browser.execute_script(WIDE))) == 1
        browser.set_window_size(size["width"], size["height"])

        browser.execute_script(SPEED, "0")
        browser.find_element("id", "go").click()
        holds("run.ended")
        wait_for(lambda: "The run is over: its iterations are done." in text("problem"))
        assert text("status") == "Over: update 24 of 24, iteration 4 of 4"
        assert len(browser.find_elements("css selector", "#energy circle")) == 4
        assert not browser.find_element("id", "go").is_enabled()
        assert process.wait(20) == 0
        assert (tmp_path / "a" / "live.csv").read_text() == "step,eta\n2,0.01\n"
        assert browser.get_log("browser") == []

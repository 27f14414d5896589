"""netkit convert RUN net.html: one file, opened from disk in a real browser."""

import json
from pathlib import Path

import numpy as np
import pytest
from browsers import opened_page, wait_for
from PIL import Image

from netkit.classification.fitting import Fitting
from netkit.commands.convert import convert
from netkit.files.images import read_image
from netkit.passes import Shards
from netkit.play.ink import image_of
from netkit.play.rows import Watcher

pytest.importorskip("selenium")
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

CHECKS = Path(__file__).with_name("checks.js").read_text(encoding="utf-8")
STROKES = [
    [[[50, 10], [50, 90]]],
    [[[5, 5]]],
    [[[20, 10], [20, 90], [60, 90]], [[60, 90.5], [60, 60]]],
    [[[1, 1], [1.01, 1.02], [250.5, 3.25], [80, 279]], [[9, 9]], []],
]


@pytest.fixture(scope="module")
def page(trained_run, tmp_path_factory):
    """The page of a net that knows its digits."""
    path = tmp_path_factory.mktemp("page") / "net.html"
    said = convert(str(trained_run), str(path), {})
    assert said.startswith(f"{path}: 51,046 weights, 18 layers to see, ")
    return path


@pytest.fixture
def opened(browser, page):
    """The browser with the page open and its net there; at the end nothing was complained of."""
    with opened_page(browser, page, "engine !== null"):
        yield browser


def answer(browser):
    wait_for(lambda: browser.execute_script("return answered && !answering && !stale"))
    return browser.find_element("id", "answer").text


def test_it_is_one_small_file(page):
    text = page.read_text()
    assert page.stat().st_size <= 300_000
    assert "http://" not in text.replace('http-equiv="', "")
    assert "https://" not in text
    assert "default-src 'none'" in text


def test_ink_is_netkits_to_the_byte(opened):
    for shape in ((1, 28, 28), (1, 20, 33)):
        for strokes in STROKES:
            made = opened.execute_script("return [...inkOf(...arguments)]", strokes, *shape[1:])
            assert made == image_of(strokes, shape).ravel().tolist(), (shape, strokes)


@pytest.mark.parametrize("fit", ["pad", "crop", "stretch"])
@pytest.mark.parametrize(("size", "channels"), [((31, 40), 1), ((20, 17), 3), ((28, 28), 1)])
def test_a_picture_is_fitted_as_classify_fits_it(opened, tmp_path, fit, size, channels):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (*size, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    for invert in (False, True, "auto"):
        how = {"fit": fit, "fill": 7, "invert": invert}
        shape = (channels, 28, 28)
        expected = Fitting(shape, **how)(read_image(tmp_path / "picture.png", channels))
        rgba = np.dstack([pixels, np.full(size, 255, np.uint8)]).ravel().tolist()
        made = opened.execute_script(
            "const [rgba, w, h, shape, how] = arguments;"
            "return [...fitted(new ImageData(Uint8ClampedArray.from(rgba), w, h), shape, how)]",
            rgba,
            size[1],
            size[0],
            shape,
            how,
        )
        apart = np.abs(np.array(made) - expected.ravel().astype(int))
        assert apart.max() <= 1, (invert, apart.max())


def test_a_large_picture_is_made_small_as_pillow_does_it(opened, tmp_path):
    y, x = np.mgrid[:400, :500]
    pixels = ((np.sin(x / 9) + np.cos(y / 14) + 2) * 63).astype(np.uint8)
    Image.fromarray(pixels).save(tmp_path / "picture.png")
    opened.find_element("id", "file").send_keys(str(tmp_path / "picture.png"))
    answer(opened)
    made = opened.execute_script("return [...answered.pixels]")
    expected = Fitting((1, 28, 28))(read_image(tmp_path / "picture.png"))
    assert np.abs(np.array(made) - expected.ravel().astype(int)).max() <= 1


def test_every_layer_gives_what_netkit_gives(opened, trained):
    watcher = Watcher(trained[0])
    labels = opened.execute_script("return facts.examples.labels")
    rng = np.random.default_rng(0)
    for image in (rng.integers(0, 256, (1, 28, 28), np.uint8), image_of(STROKES[2], (1, 28, 28))):
        made = opened.execute_async_script(
            "const done = arguments[1];"
            "engine.rows(Uint8Array.from(arguments[0])).then(v => done(v.map(row => [...row])))",
            image.ravel().tolist(),
        )
        for row, expected, values in zip(watcher.rows, watcher(image), made, strict=True):
            np.testing.assert_allclose(values, expected.ravel(), atol=1e-5, err_msg=row.name)
    assert labels == sorted(labels)


def test_a_quick_drawing_is_answered_to_its_end(opened):
    """All events of a 1 come at once: the answer is of all of it, not of all but the last point."""
    opened.execute_script(
        "const box = pad.getBoundingClientRect();"
        "const send = (type, x, y) => pad.dispatchEvent(new PointerEvent(type,"
        "  { clientX: box.left + x, clientY: box.top + y, pointerId: 1, bubbles: true }));"
        "pad.setPointerCapture = () => {};"
        "send('pointerdown', 100, 40); send('pointermove', 100, 60); send('pointerup', 102, 240);"
    )
    assert answer(opened) == "1"
    strokes, pixels = opened.execute_script("return [strokes, [...answered.pixels]]")
    assert len(strokes[0]) == 3
    assert np.allclose(strokes[0][-1], [102, 240], atol=1)
    assert pixels == image_of(strokes, (1, 28, 28)).ravel().tolist()


def test_mouse_examples_undo_clear_and_a_pointed_number(opened, trained):
    pad = opened.find_element("id", "pad")
    pen = ActionChains(opened, duration=10).move_to_element_with_offset(pad, 0, -90)
    pen.click_and_hold().move_by_offset(0, 90).move_by_offset(2, 80).release().perform()
    assert answer(opened) == "1"
    assert opened.find_element("css selector", "#bars .best .name").text == "1"
    opened.find_element("id", "undo").click()
    assert opened.find_element("id", "answer").text == ""

    label = opened.execute_script("return facts.examples.labels[3]")
    name = trained[2][label]
    example = opened.find_elements("css selector", "#examples button")[3]
    assert example.get_attribute("aria-label") == f"Picture 4 of the data: {name}"
    example.click()
    answer(opened)
    rows = opened.find_elements("css selector", ".layer")
    assert [row.text.split("\n")[0] for row in rows[:3]] == ["image", "zpad0", "c0"]
    canvas = rows[2].find_element("css selector", "canvas")
    ActionChains(opened).move_to_element_with_offset(canvas, 5, 5).perform()
    said = opened.find_element("id", "cell").text
    assert "c0: map " in said
    assert "Correlate with" in said
    assert "Of the picture: rows" in said
    wait_for(lambda: opened.execute_script("return kernels.width") > 50)
    assert opened.find_element("id", "kernels").get_attribute("aria-label").startswith("Kernels of")

    opened.find_element("id", "clear").click()
    assert opened.find_element("id", "answer").text == ""
    assert opened.execute_script("return rowParts.every(part => !part.values)")


def occlusion(net, image, label):
    """By how much the output of a class falls under patches of 4x4 zeros, on average (28, 28)."""
    shards = Shards(net)
    whole = shards.outputs(image[None])[label, 0, 0, 0]
    total, count = np.zeros((2, 28, 28))
    for y in range(-2, 28, 2):
        for x in range(-2, 28, 2):
            part = (slice(max(0, y), y + 4), slice(max(0, x), x + 4))
            hidden = image.copy()
            hidden[0][part] = 0
            total[part] += whole - shards.outputs(hidden[None])[label, 0, 0, 0]
            count[part] += 1
    return total / count


def test_what_it_looked_at_is_where_the_ink_is(opened, trained):
    """A 1: hiding a piece of the stroke takes from its output, hiding the empty left does not."""
    opened.execute_script("begin([140, 40]); extend([140, 240]); end();")
    assert answer(opened) == "1"
    opened.find_element("id", "look").click()
    wait_for(lambda: opened.execute_script("return heat !== null"))
    heat = np.array(opened.execute_script("return [...heat]")).reshape(28, 28)
    assert heat[:, 10:18].max() > 100 * np.abs(heat[:, :5]).max()
    image = np.array(opened.execute_script("return [...answered.pixels]"), np.uint8)
    expected = occlusion(trained[0], image.reshape(1, 28, 28), label=1)
    np.testing.assert_allclose(heat, expected, atol=1e-5)
    assert "the output of “1” falls" in opened.find_element("id", "look-note").text
    opened.find_element("id", "look").click()


def test_by_keyboard(opened):
    """Draw a stroke, go to a layer and walk over its maps, with keys alone."""
    opened.execute_script("document.getElementById('pad').focus()")
    keys = ActionChains(opened).send_keys(" ", *[Keys.ARROW_DOWN] * 22, " ")
    keys.perform()
    assert answer(opened) == "1"
    assert len(opened.execute_script("return strokes")) == 1
    opened.execute_script("rowParts[2].canvas.focus()")
    ActionChains(opened).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.PAGE_DOWN).perform()
    said = opened.find_element("id", "cell").text
    assert said.startswith("c0: map 1, row 1, column 1: ")
    opened.execute_script("document.getElementById('pad').focus()")
    ActionChains(opened).send_keys(Keys.BACKSPACE).perform()
    assert opened.execute_script("return strokes.length") == 0


def test_by_finger_on_a_phone(opened):
    size = {"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": True}
    opened.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    opened.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": True})
    try:
        opened.refresh()
        wait_for(lambda: opened.execute_script("return engine !== null"))
        assert opened.execute_script("return document.documentElement.scrollWidth") == 390
        left, top = opened.execute_script(
            "const box = pad.getBoundingClientRect(); return [box.left, box.top]"
        )

        def touch(kind, *points):
            at = [{"x": left + x, "y": top + y} for x, y in points]
            opened.execute_cdp_cmd("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})

        touch("touchStart", (140, 40))
        for y in range(60, 241, 30):
            touch("touchMove", (140, y))
        touch("touchEnd")
        assert answer(opened) == "1"
        assert opened.execute_script("return scrollY") == 0, "the page moved under the finger"
        assert len(opened.execute_script("return strokes[0]")) >= 7
    finally:
        opened.execute_cdp_cmd("Emulation.setTouchEmulationEnabled", {"enabled": False})
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_camera(opened):
    opened.find_element("id", "camera").click()
    answer_comes = "return stream !== null && answered !== null && frames > 0"
    wait_for(lambda: opened.execute_script(answer_comes))
    assert opened.find_element("id", "camera").get_attribute("aria-pressed") == "true"
    assert opened.execute_script("return new Set(answered.pixels).size") > 3
    opened.find_element("id", "camera").click()
    assert opened.execute_script("return stream") is None
    assert opened.find_element("id", "pad").is_displayed()


def test_a_file_that_is_no_picture_is_named(browser, page, tmp_path):
    (tmp_path / "notes.png").write_text("no picture")
    browser.get(page.as_uri())
    wait_for(lambda: browser.execute_script("return engine !== null"))
    browser.find_element("id", "file").send_keys(str(tmp_path / "notes.png"))
    wait_for(lambda: browser.find_element("id", "problem").text)
    assert "notes.png: cannot be shown" in browser.find_element("id", "problem").text
    browser.get_log("browser")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_and_used_by_all(opened, scheme):
    """Names, roles, unique ids, contrast of all text, and a focus that is seen."""
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    opened.execute_script(
        "begin([140, 40]); extend([140, 240]); end(); choose(2, {map: 0, y: 9, x: 9})"
    )
    answer(opened)
    assert opened.execute_script(CHECKS) == []
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_facts_are_json_and_end_no_script(page):
    text = page.read_text()
    begin = text.index("JSON.parse(") + len("JSON.parse(")
    facts = json.loads(json.loads(text[begin : text.index(");\n", begin)]))
    assert facts["title"] == "lenet5 on mnist"
    assert "weights" in facts["about"]
    assert text.count("</script>") == 1

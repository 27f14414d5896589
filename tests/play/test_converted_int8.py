"""The page of a net in eight bits, opened from disk in a real browser."""

import numpy as np
import pytest
from browsers import opened_page, wait_for

from netkit.build.trained import load_net
from netkit.commands.convert import convert
from netkit.commands.quantize import quantize
from netkit.config.compose import compose
from netkit.play.kernels import kernels_in
from netkit.play.rows import Watcher

pytest.importorskip("selenium")


@pytest.fixture(scope="module")
def weights(trained_run, tmp_path_factory):
    """A net in eight bits that knows its digits."""
    path = tmp_path_factory.mktemp("int8") / "int8.safetensors"
    quantize(str(trained_run), str(path), compose("quantize", ["images=50"]))
    return path


@pytest.fixture(scope="module")
def net(registry, weights):
    numpy = {"type": "numpy", "threads": 1}
    return load_net(registry, {"weights": str(weights), "backend": numpy})[0]


@pytest.fixture(scope="module")
def page(weights):
    path = weights.with_name("net.html")
    said = convert(str(weights), str(path), {})
    assert said.startswith(f"{path}: 51,046 weights, 15 layers to see, ")
    assert said.endswith(" KB, in eight bits")
    return path


@pytest.fixture
def opened(browser, page):
    """The browser with the page open and its net there; at the end nothing was complained of."""
    with opened_page(browser, page, "engine !== null && answered && !answering"):
        yield browser


def test_it_is_less_than_half_of_the_floats(page, trained_run, tmp_path):
    convert(str(trained_run), str(tmp_path / "net.html"), {})
    assert page.stat().st_size < 0.5 * (tmp_path / "net.html").stat().st_size


def test_every_layer_gives_netkits_numbers_to_the_bit(opened, net):
    """What whole numbers stand for is the same float; a tanh behind them is nearly so."""
    watcher = Watcher(net)
    image = np.random.default_rng(0).integers(0, 256, (1, 28, 28), np.uint8)
    made = opened.execute_async_script(
        "const done = arguments[1];"
        "engine.rows(Uint8Array.from(arguments[0])).then(v => done(v.map(row => [...row])))",
        image.ravel().tolist(),
    )
    for row, expected, values in zip(watcher.rows, watcher(image), made, strict=True):
        given = np.array(values, np.float32).reshape(row.shape)
        if row.name == "tanh7":
            np.testing.assert_allclose(given, expected, atol=1e-6)
        else:
            assert (given == expected).all(), row.name
    facts = opened.execute_script("return facts.rows.map(row => row.int8)")
    assert [None if one is None else tuple(one) for one in facts] == [
        None if row.int8 is None else tuple(row.int8) for row in watcher.rows
    ]


def test_kernels_are_what_whole_numbers_stand_for(opened, net):
    for number, row in enumerate(Watcher(net).rows):
        expected = kernels_in(net, row.name)
        made = opened.execute_async_script(
            "const done = arguments[2];"
            "engine.kernels(arguments[0], arguments[1]).then(k => done(k && [...k]))",
            number,
            2,
        )
        assert (made is None) == (expected is None)
        if made is not None:
            assert (np.array(made, np.float32) == expected[2].ravel()).all(), row.name


def test_pictures_are_answered_and_numbers_said(opened, net):
    """Each picture of the data as netkit answers it; a number is said in whole numbers too."""
    for button in opened.find_elements("css selector", "#examples button"):
        button.click()
        wait_for(lambda: opened.execute_script("return answered && !answering && !stale"))
        pixels, label = opened.execute_script("return [[...answered.pixels], answered.label]")
        outputs = Watcher(net)(np.array(pixels, np.uint8).reshape(1, 28, 28))[-1]
        assert label == outputs.argmax()
    opened.execute_script("choose(1, {map: 2, y: 9, x: 8})")
    said = opened.find_element("id", "cell").text.split("\n")
    scale, zero = Watcher(net).rows[1].int8
    value = opened.execute_script("return rowParts[1].values[(2 * 28 + 9) * 28 + 8]")
    assert f"In int8: {round(value / scale) + zero}, scale {scale:.3g}, zero {zero}." in said
    assert "Of the picture: rows 7 to 11, columns 6 to 10." in said
    opened.find_element("id", "look").click()
    wait_for(lambda: opened.execute_script("return heat !== null"))
    opened.find_element("id", "look").click()

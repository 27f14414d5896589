"""Make the pictures of the README: train the default net, detect, draw.

    python scripts/make_pictures.py

The page of netkit play is drawn on in Chromium, where there is one, with its driver.
"""

import io
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image

from netkit.plugins.scenes.digit_scenes import DigitScenes

DOCS = Path(__file__).parent.parent / "docs"
SCENE = 3  # of the scenes that netkit evaluate measures with
NETKIT = sys.executable, "-m", "netkit.cli"


def main() -> None:
    """Make them all."""
    with tempfile.TemporaryDirectory() as folder:
        train = (
            "arch=lenet5",
            "show_train=true",
            "show_train_ninternals=1",
            "show_hsample=6",
            "show_wsample=6",
        )
        run("train", *train, f"hydra.run.dir={folder}/train")
        save(digits(folder), DOCS / "digits.png")
        save(scene(folder), DOCS / "scene.png")
        save(
            Image.open(f"{folder}/train/pictures/test_i00005.png").convert("RGB"),
            DOCS / "panels.png",
            48,
        )
        save(internals(f"{folder}/train/pictures"), DOCS / "internals.png", 48)
        if shutil.which("chromedriver"):
            save(play(f"{folder}/train"), DOCS / "play.png", 48)


def run(*words: str) -> None:
    """Run a netkit command."""
    subprocess.run([*NETKIT, *words], check=True)


def digits(folder: str) -> Image.Image:
    """Return the ten example digits with the answers of a net that was just trained."""
    run("detect", f"weights={folder}/train", f"hydra.run.dir={folder}/detect")
    strip = Image.new("RGB", (5 * 144 - 4, 2 * 144 - 4), "white")
    for k in range(10):
        strip.paste(
            Image.open(f"{folder}/detect/{k}.png").resize((140, 140)), (k % 5 * 144, k // 5 * 144)
        )
    return strip


def internals(pictures: str) -> Image.Image:
    """Return what the layers make of a digit before training and after it, side by side."""
    before, after = (
        Image.open(f"{pictures}/internals0_i0000{k}.png").convert("RGB") for k in (0, 5)
    )
    both = Image.new("RGB", (before.width + after.width, max(before.height, after.height)), "white")
    both.paste(before, (0, 0))
    both.paste(after, (before.width, 0))
    return both


def play(weights: str) -> Image.Image:
    """Return the page of netkit play with a digit drawn on it."""
    from selenium import webdriver

    server = subprocess.Popen(
        [*NETKIT, "play", f"weights={weights}", "port=0"], stdout=subprocess.PIPE, text=True
    )
    address = server.stdout.readline().split()[2]
    options = webdriver.ChromeOptions()
    for flag in ("--headless", "--no-sandbox", "--window-size=1400,860"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options)
    try:
        browser.get(address)
        pad = browser.find_element("id", "pad")
        pen = (
            webdriver.ActionChains(browser, duration=20)
            .move_to_element_with_offset(pad, -70, -60)
            .click_and_hold()
        )
        for step in (
            [(35, -20)] * 2 + [(30, 20), (15, 35), (-15, 40), (-35, 40), (-40, 35)] + [(40, 0)] * 3
        ):
            pen.move_by_offset(*step)
        pen.release().pause(1).perform()
        return Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB")
    finally:
        browser.quit()
        server.terminate()


def scene(folder: str) -> Image.Image:
    """Return a composed scene with what the detector that netkit carries finds in it."""
    Image.fromarray(DigitScenes().scene(SCENE).image[0]).resize(
        (480, 360), Image.Resampling.BICUBIC
    ).save(f"{folder}/scene.png")
    run("detect", f"input={folder}/scene.png", f"hydra.run.dir={folder}/found")
    return Image.open(f"{folder}/found/scene.png")


def save(picture: Image.Image, path: Path, colours: int = 128) -> None:
    """Write a picture with few colours, and say how large it is."""
    picture.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path}: {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()

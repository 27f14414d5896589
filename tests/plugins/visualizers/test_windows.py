"""Windows on a display, with real key presses: a virtual X server and xdotool."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from netkit.pictures.places import keep_places, known_places
from netkit.pictures.window import open_display

DIGITS = Path(__file__).parents[3] / "netkit" / "plugins" / "digits"
PATIENCE = 60  # seconds


@pytest.fixture(scope="module")
def display():
    """A virtual screen on which windows can be opened: the value of DISPLAY."""
    for tool in ("Xvfb", "xdotool"):
        if not shutil.which(tool):
            pytest.skip(f"needs {tool}: apt-get install xvfb xdotool")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1200x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL)
    os.close(write)
    with os.fdopen(read) as pipe:
        number = pipe.readline().strip()
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DISPLAY", f":{number}")
            if open_display() is None:
                pytest.skip("matplotlib opens no window: apt-get install python3-tk")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


class Run:
    """A netkit command with its windows on a display, its output in a file."""

    def __init__(self, display, folder, *words):
        self.env, self.path = {**os.environ, "DISPLAY": display}, folder / "output.txt"
        self.env.pop("MPLBACKEND", None)
        with open(self.path, "w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-u", "-m", "netkit.cli", *words, f"hydra.run.dir={folder}/run"],
                cwd=folder,
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )

    @property
    def lines(self):
        return self.path.read_text().splitlines()

    def until(self, true):
        """Wait until true(lines), or fail with what was printed."""
        end = time.monotonic() + PATIENCE
        while not true(self.lines):
            assert time.monotonic() < end, self.lines
            time.sleep(0.05)

    def xdotool(self, *words):
        done = subprocess.run(
            ["xdotool", *words], env=self.env, capture_output=True, text=True, timeout=PATIENCE
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    def window(self, title):
        return self.xdotool("search", "--sync", "--onlyvisible", "--name", title)[0]

    def press(self, window, key):
        """Press a key while the window has the focus."""
        self.xdotool("windowfocus", "--sync", window, "key", key)

    def press_until(self, window, key, done):
        """Press a key until done(): one that is pressed before the run waits for it is lost."""
        end = time.monotonic() + PATIENCE
        while not done():
            assert time.monotonic() < end, self.lines
            with contextlib.suppress(AssertionError):  # the window may have closed just now
                self.press(window, key)
            time.sleep(2)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def found(lines):
    return [line for line in lines if ".png: " in line]


def test_detect_goes_on_by_key_and_ends_by_q(display, tmp_path):
    with Run(
        display, tmp_path, "detect", f"input={DIGITS}/*.png", "display=true", "next_on_key=n"
    ) as run:
        window = run.window("netkit detect")
        run.until(lambda lines: len(found(lines)) == 1)
        time.sleep(0.5)
        assert len(found(run.lines)) == 1, "it did not wait"
        run.press(window, "x")
        time.sleep(0.5)
        assert len(found(run.lines)) == 1, "another key went on"
        run.press(window, "n")
        run.until(lambda lines: len(found(lines)) == 2)
        run.press(window, "q")
        assert run.process.wait(PATIENCE) == 0
        assert run.lines[-1].startswith("2 images, 0 skipped")
    assert len((tmp_path / "run" / "detections.jsonl").read_text().splitlines()) == 2


def test_detect_without_a_key_leaves_the_last_image_open(display, tmp_path):
    with Run(display, tmp_path, "detect", "display=true") as run:
        window = run.window("netkit detect")
        run.until(lambda lines: len(found(lines)) == 10)
        time.sleep(0.5)
        assert run.process.poll() is None
        run.press(window, "q")
        assert run.process.wait(PATIENCE) == 0


def test_train_waits_for_the_key(display, tmp_path):
    words = (
        "train",
        "train_size=200",
        "val_size=50",
        "iterations=2",
        "display=true",
        "show_wait_user=true",
    )
    with Run(display, tmp_path, *words) as run:
        window = run.window(": test")
        run.until(lambda lines: any(line.startswith("i=1 ") for line in lines))
        time.sleep(1)
        assert not any(line.startswith("i=2 ") for line in run.lines), "it did not wait"
        run.press_until(window, "n", lambda: any(line.startswith("i=2 ") for line in run.lines))
        run.until(lambda _: len(list((tmp_path / "run" / "pictures").glob("test_i00002.png"))) == 1)
        run.press_until(window, "n", lambda: run.process.poll() is not None)
        assert run.process.wait(PATIENCE) == 0
    assert run.lines[-2].startswith("weights and results")
    assert run.lines[-1] == "the windows stay: n: end, q: end"
    assert (tmp_path / "run" / "report.html").is_file()  # before they were closed


def test_no_display(cli, tmp_path):
    done = cli("detect", "display=true", "next_on_key=n", DISPLAY="", WAYLAND_DISPLAY="")
    assert "there is no display here" in done.stderr
    assert len(found(done.stdout.splitlines())) == 10


def test_a_window_names_its_keys_and_remembers_its_place(display, tmp_path, monkeypatch):
    cache = tmp_path / "cache"
    monkeypatch.setenv("NETKIT_CACHE", str(cache))
    for place in ("+120+90", "+300+200"):
        with Run(display, tmp_path, "detect", f"input={DIGITS}/1.png", "display=true") as run:
            window = run.window("netkit detect")
            assert run.xdotool("getwindowname", window) == ["netkit", "detect", "[q:", "end]"]
            run.until(lambda lines: len(found(lines)) == 1)
            if place == "+300+200":  # where the first run left it
                assert {"X=120", "Y=90"} <= set(run.xdotool("getwindowgeometry", "--shell", window))
            x, y = place[1:].split("+")
            run.xdotool("windowmove", "--sync", window, x, y)
            time.sleep(0.5)
            run.press(window, "q")
            assert run.process.wait(PATIENCE) == 0
        assert json.loads((cache / "windows.json").read_text())["netkit detect"].endswith(place)


def test_places_of_a_file_that_is_none(tmp_path, monkeypatch):
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path))
    assert known_places() == {}
    for text in ("[1]", "{", '{"a": "1x1", "b": 3, "c": "640x480+10+-20"}'):
        (tmp_path / "windows.json").write_text(text)
        assert set(known_places()) <= {"c"}
    keep_places({"d": "100x100+1+2"})
    assert known_places() == {"c": "640x480+10+-20", "d": "100x100+1+2"}

"""netkit train live=true: a page's server shows a run, pauses it, steps it and changes its eta."""

import http.client
import signal
import urllib.error

import numpy as np
import pytest
from browsers import wait_for
from live_runs import SMALL, look, post, watched

from netkit.commands.train import run
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.files.tensors import read_tensors
from netkit.live.controls import Controls
from netkit.live.curve import MOST, Curve
from netkit.live.samples import picture
from netkit.live.spread import BARS, histogram

pytest.importorskip("uvicorn")
pytest.importorskip("starlette")


def test_a_curve_has_the_means_of_all_updates():
    values = np.random.default_rng(0).uniform(0, 3, 9 * MOST + 7)
    curve = Curve(first=5)
    for value in values:
        curve.add(value, 2 * value)
    facts = curve.facts()
    every, count = facts["every"], len(facts["energy"])
    assert every == 16
    assert count == len(values) // every < MOST
    means = values[: count * every].reshape(-1, every).mean(1)
    assert np.allclose(facts["energy"], means, rtol=1e-12)
    assert np.allclose(facts["correct"], 2 * means, rtol=1e-12)
    assert facts["first"] == 5


def test_histograms_count_what_is_there():
    values = np.array([0, 1, 1, 2, np.nan, np.inf, 31], np.float32)
    found = histogram(values)
    assert (found["low"], found["high"], sum(found["counts"])) == (0, 31, 5)
    assert [found["counts"][k] for k in (0, 1, 2, 30)] == [1, 2, 1, 1]
    assert sum(histogram(np.full(4, 7.0))["counts"]) == 4
    assert histogram(np.array([np.nan]))["counts"] == []
    assert len(histogram(np.arange(1e6))["counts"]) == BARS


def test_pictures_of_any_size_and_kind():
    large = picture(np.zeros((3, 400, 200), np.uint8))
    assert large["shape"] == [3, 80, 40]
    assert picture(np.array([[[0.5, 1.5]]]))["pixels"] == "AP8="  # 0 and 255


def test_a_paused_run_makes_the_updates_that_are_allowed():
    controls = Controls(paused=True)
    assert not controls.may_step()
    controls.ask("step")
    assert [controls.may_step() for _ in range(3)] == [True, False, False]
    controls.ask("go")
    assert all(controls.may_step() for _ in range(3))
    controls.rest()
    assert not controls.heed
    controls.look(0)
    controls.rest()
    assert controls.heed


def test_a_run_is_stepped_steered_and_the_same_as_one_that_nobody_watches(tmp_path):
    with watched(tmp_path / "a") as (process, address):
        first, numbers = look(address)
        assert (first["step"], first["paused"], first["worst"]) == (0, True, [])
        assert first["spreads"][0]["gradients"] is None
        post(address, "/do", {"do": "step"})
        one, moved = wait_for(lambda: look(address)[0]["step"] == 1 and look(address))
        assert len(one["curve"]["energy"]) == 1
        assert sum(one["spreads"][0]["gradients"]["counts"]) > 0
        assert len(moved) == len(numbers)
        assert moved != numbers
        assert one["worst"][0]["energy"] >= one["worst"][-1]["energy"]
        other, _ = wait_for(lambda: look(address, 3)[0]["chosen"] == 3 and look(address, 3))
        assert other["said"] != one["said"]
        post(address, "/do", {"eta": 0.02})
        asked, _ = wait_for(lambda: look(address)[0]["etas"] and look(address))
        assert (asked["etas"], asked["eta"]) == ([[2, 0.02]], 0.02)
        post(address, "/do", {"speed": 50})
        post(address, "/do", {"do": "go"})
        over, _ = wait_for(lambda: look(address)[0]["ended"] and look(address))
        assert over["ended"] == "its iterations are done"
        assert (over["step"], len(over["tests"])) == (12, 2)
        assert len(over["curve"]["energy"]) == 12
        assert process.wait(20) == 0
    words = [*SMALL, f"live_replay={tmp_path / 'a'}"]
    run(compose("train", words), tmp_path / "b", quiet=True)
    ours, theirs = (read_tensors(tmp_path / n / "last.safetensors")[0] for n in "ab")
    assert ours.keys() == theirs.keys()
    assert all(ours[name].tobytes() == theirs[name].tobytes() for name in ours)


def test_ctrl_c_ends_a_run_that_is_paused(tmp_path):
    with watched(tmp_path / "a") as (process, address):
        post(address, "/do", {"do": "step"})
        wait_for(lambda: look(address)[0]["step"] == 1 and look(address)[0]["paused"])
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        said = process.stdout.read()
        assert "interrupted after 0 of 2 iterations: go on with netkit train resume=" in said
        assert said.count("paused at update") == 1
        assert "Traceback" not in said


def test_what_the_page_does_not_send_is_refused(tmp_path):
    with watched(tmp_path / "a") as (_, address):
        for path, asked in [
            ("/run", {"chosen": -1}),
            ("/run", {"chosen": True}),
            ("/run", {}),
            ("/run", 3),
            ("/do", {}),
            ("/do", {"do": "fly"}),
            ("/do", {"do": ["go"]}),
            ("/do", {"eta": -1}),
            ("/do", {"eta": float("nan")}),
            ("/do", {"eta": "1"}),
            ("/do", {"speed": 1e9}),
            ("/do", {"do": "go", "more": 1}),
        ]:
            with pytest.raises(urllib.error.HTTPError, match="400"):
                post(address, path, asked)
        with pytest.raises(urllib.error.HTTPError, match="413"):
            post(address, "/do", {"do": "go" * 4000})
        for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            with pytest.raises(urllib.error.HTTPError, match="403"):
                post(address, "/do", {"do": "go"}, **headers)
        host = http.client.HTTPConnection(address.removeprefix("http://"))
        host.request("GET", "/", headers={"Host": "evil.example"})
        assert host.getresponse().status == 400
        host.close()
        assert (look(address)[0]["step"], look(address)[0]["paused"]) == (0, True)


def test_a_port_that_is_taken_is_said_before_training(tmp_path):
    from netkit.play.serving import listen

    with listen(0) as taken:
        port = taken.getsockname()[1]
        cfg = compose("train", [*SMALL, "live=true", f"live_port={port}"])
        with pytest.raises(NetkitError, match=f"live_port={port}: .*: choose another, or 0"):
            run(cfg, tmp_path / "a", quiet=True)
    assert not (tmp_path / "a").exists()

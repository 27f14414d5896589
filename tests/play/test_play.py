"""netkit play: strokes become images like MNIST's, and a server answers them."""

import http.client
import json
import threading
import urllib.error
import urllib.request

import numpy as np
import pytest

from netkit.errors import NetkitError
from netkit.play.ink import image_of
from netkit.play.server import HOST, Player, listen, strokes_of

ONE = [[(50, 10), (50, 90)]]


@pytest.mark.parametrize("scale", [0.1, 1, 30])
@pytest.mark.parametrize("shift", [0, 500])
def test_size_and_place_of_the_drawing_do_not_matter(scale, shift):
    corner = np.array([[(20, 10), (20, 90), (60, 90)], [(60, 90), (60, 60)]], dtype=object)
    image = image_of([np.array(stroke, float) * scale + shift for stroke in corner], (1, 28, 28))
    same = image_of([np.array(stroke, float) for stroke in corner], (1, 28, 28))
    assert np.abs(image.astype(int) - same).max() <= 24
    rows, columns = (np.flatnonzero(image[0].max(axis) > 60) for axis in (1, 0))
    assert 19 <= np.ptp(rows) + 1 <= 21
    mass = image[0].astype(float)
    at = [(mass * index).sum() / mass.sum() for index in np.indices(mass.shape)]
    assert np.allclose(at, 13.5, atol=0.6)
    assert columns.size


def test_images_of_other_shapes():
    assert image_of(ONE, (3, 32, 40)).shape == (3, 32, 40)
    assert image_of([], (1, 28, 28)).max() == 0
    assert image_of([[(5, 5)]], (1, 28, 28)).max() > 100  # a dot


@pytest.mark.parametrize(
    "body", ["", "[]", "{}", '{"strokes": 3}', '{"strokes": [[[1]]]}', '{"strokes": [[[1, NaN]]]}']
)
def test_what_is_no_stroke_is_refused(body):
    with pytest.raises((ValueError, KeyError, TypeError)):
        strokes_of(body)


@pytest.fixture(scope="module")
def address(trained):
    """The address of a server that runs in a thread."""
    uvicorn = pytest.importorskip("uvicorn")
    pytest.importorskip("starlette")
    from netkit.play.server import application

    listener = listen(0)
    server = uvicorn.Server(
        uvicorn.Config(application(Player(*trained)), log_level="error", lifespan="off")
    )
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    yield f"http://{HOST}:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)
    listener.close()


def ask(address, body, path="/answer", **headers):
    request = urllib.request.Request(address + path, body, headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return reply.status, reply.read()


def test_it_answers_with_every_layer(address):
    _, body = ask(address, json.dumps({"strokes": ONE}).encode())
    seen = json.loads(body)
    assert seen["answer"] == "1"
    assert len(seen["confidences"]) == 10
    assert 0 <= min(seen["confidences"]) <= max(seen["confidences"]) <= 1
    assert seen["layers"][-1]["label"] == "outputs 10x1x1"
    assert all(layer["width"] > 0 and layer["bytes"] for layer in seen["layers"])


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [(b"{}", {}, 400), (None, {"Host": "evil.example"}, 400)],
)
def test_it_refuses_the_rest(address, body, headers, code):
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(address, body, "/answer" if body else "/", **headers)
    assert error.value.code == code
    error.value.close()


def test_a_huge_request_is_refused_before_it_is_read(address):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.putrequest("POST", "/answer")
    connection.putheader("Content-Length", str(1 << 30))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_a_port_in_use_is_named():
    with listen(0) as first:
        port = first.getsockname()[1]
        with pytest.raises(NetkitError, match=f"port={port}: .*choose another"):
            listen(port)


def test_bad_words(cli):
    assert "weights=null: name the file" in cli("play", code=1).stderr
    assert "port=x: give a whole number from 0" in cli("play", "port=x", code=1).stderr

"""netkit play: strokes become images like MNIST's, and a server answers them."""

import http.client
import json
import re
import socket
import threading
import urllib.error
import urllib.request

import numpy as np
import pytest

from netkit.build.trained import load_net
from netkit.commands.quantize import quantize
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.passes import Shards
from netkit.play.ink import image_of
from netkit.play.kernels import kernels_in
from netkit.play.merged import merged
from netkit.play.player import Player
from netkit.play.rows import Row, Watcher
from netkit.play.server import HOST, POINTS, listen, server, strokes_of

ONE = [[(50, 10), (50, 90)]]
GOOD = json.dumps({"strokes": ONE}).encode()


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
    with pytest.raises((ValueError, KeyError, TypeError, NetkitError)):
        strokes_of(body)


@pytest.fixture(scope="module")
def address(trained):
    """The address of a server that runs in a thread."""
    pytest.importorskip("uvicorn")
    pytest.importorskip("starlette")
    listener = listen(0)
    running = server(Player(*trained))
    thread = threading.Thread(target=running.run, args=([listener],), daemon=True)
    thread.start()
    yield f"http://{HOST}:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join(10)
    listener.close()


def ask(address, body, path="/answer", **headers):
    request = urllib.request.Request(address + path, body, headers)
    with urllib.request.urlopen(request, timeout=30) as reply:
        return reply.status, reply.read()


def test_it_answers_strokes(address):
    _, body = ask(address, json.dumps({"strokes": ONE}).encode())
    seen = json.loads(body)
    assert seen["answer"] == "1"
    assert seen["confidence"] == seen["confidences"][1] == max(seen["confidences"])
    assert len(seen["confidences"]) == 10
    assert 0 <= min(seen["confidences"]) <= max(seen["confidences"]) <= 1


def test_it_gives_what_every_layer_gives(address, trained):
    """The answer comes first, then what each layer gives, in the order of the rows."""
    net, image = trained[0], image_of(ONE, (1, 28, 28))
    numbers = np.frombuffer(ask(address, image.tobytes(), "/rows?at=0")[1], np.float32)
    assert numbers[0] == 1 == numbers[1:11].argmax()
    sizes = [np.prod(row.shape) for row in Watcher(net).rows]
    rows = np.split(numbers[11:], np.cumsum(sizes)[:-1])
    assert np.array_equal(rows[0], image.ravel())
    names = [row.name for row in Watcher(net).rows]
    assert names[:4] == ["image", "zpad0", "c0", "tanh0"]
    assert np.array_equal(rows[3], np.tanh(rows[2]))
    y = Shards(net).outputs(image[None])[:, 0, 0, 0]
    np.testing.assert_allclose(rows[-1], y, rtol=0, atol=1e-6)
    two = np.frombuffer(ask(address, image.tobytes() * 2, "/scores?at=0")[1], np.float32)
    np.testing.assert_allclose(two, [*y, *y], rtol=0, atol=1e-6)


def test_a_net_in_eight_bits(trained_run, registry, tmp_path):
    """It answers with its outputs, shows what its whole numbers stand for, and its kernels."""
    target = tmp_path / "int8.safetensors"
    quantize(str(trained_run), str(target), compose("quantize", ["images=20"]))
    numpy = {"type": "numpy", "threads": 1}
    whole, energy, classes = load_net(registry, {"weights": str(target), "backend": numpy})
    floats, _, _ = load_net(registry, {"weights": str(trained_run), "backend": numpy})
    player = Player(whole, energy, classes, meta={"int8": {}, "config": {}})
    assert ", in eight bits" in player.facts["about"]
    rows, plain = player.watcher.rows, {row.name: row for row in Watcher(floats).rows}
    image = image_of(ONE, (1, 28, 28))
    made = dict(zip([row.name for row in rows], player.watcher(image), strict=True))
    right = dict(zip(plain, Watcher(floats)(image), strict=True))
    assert player.answer(ONE)["answer"] == "1" == classes[made["tanh7"].argmax()]
    for row in rows[1:]:
        near = np.square(made[row.name] - right[row.name]).mean()
        assert near < 0.05 * np.square(right[row.name]).mean(), row.name
        if row.int8:
            codes = made[row.name] / row.int8[0] + row.int8[1]
            assert np.abs(codes - np.rint(codes)).max() < 1e-3
            assert -128 <= codes.min() <= codes.max() <= 127.001
    assert [row.name for row in rows if not row.int8] == ["image", "f7", "tanh7"]
    names = [None if row.before is None else rows[row.before].name for row in rows]
    assert names[:5] == [None, "image", "c0", "abs0", "wstd0"]  # zpad0 and tanh0 are within others
    assert rows[1].about.endswith("W[o, i]. In one step with zpad0.")
    assert rows[1].low == (-2, -2)
    assert rows[1].size == (5, 5)
    for n, row in enumerate(rows):
        if row.name in ("c0", "c2", "f7"):
            kernels = np.frombuffer(player.kernels(n, 3, 0), np.float32)
            exact = kernels_in(floats, row.name)[3].ravel()
            assert np.abs(kernels - exact).max() <= 0.51 * np.abs(exact).max() / 127


def test_windows_go_through_layers_that_have_no_row():
    first = Row("c", "conv", (1, 9, 9), "", 0, low=(-1, 0), size=(3, 5), step=(2, 1))
    second = Row(
        "p", "maxpool", (1, 4, 4), "", 1, low=(0, 1), size=(2, 2), step=(2, 3), local=False
    )
    image = Row("image", "pixels", (1, 20, 20), "")
    made = merged([image, first, second], {"image", "p"})
    # Cell (1, 1) is of rows 2, 3 and columns 4, 5 of c: rows 3..8 and columns 4..10 of the image.
    assert made[1].before == 0
    assert made[1][5:9] == ((-1, 1), (5, 6), (4, 3), False)


def test_kernels_of_a_map_with_a_table(address, trained):
    """Map 0 of c2 sees three of the six maps before it: the others' kernels are zeros."""
    row = [row.name for row in Watcher(trained[0]).rows].index("c2")
    path = f"/kernels?at=0&row={row}&map=0"
    kernels = np.frombuffer(ask(address, b"", path)[1], np.float32).reshape(6, 5, 5)
    np.testing.assert_array_equal(kernels[:3].reshape(3, 25), trained[0].weights["c2.W"][:3])
    assert not kernels[3:].any()
    assert ask(address, b"", f"/kernels?at=0&row={row + 1}&map=0")[1] == b""


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *(("/rows?at=0", b"x" * size) for size in (1, 783, 785, 1568)),
        *((f"/rows?at={at}", b"x" * 784) for at in (-1, 1, "x", "")),
        ("/rows", b"x" * 784),
        ("/scores?at=0", b"x" * 783),
        *((f"/kernels?at=0&{rest}", b"") for rest in ("row=99&map=0", "row=2&map=6", "map=0")),
    ],
)
def test_what_the_page_does_not_send_is_refused(address, path, body):
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(address, body, path)
    assert error.value.code == 400
    error.value.close()


def test_each_row_says_what_it_is_made_of(trained):
    """The window behind a number: pixels outside of it leave the number as it was."""
    net, _, _ = trained
    watcher = Watcher(net)
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (1, 28, 28), np.uint8)
    names = {row.name: k for k, row in enumerate(watcher.rows)}
    c0, row = names["c0"], watcher.rows[names["c0"]]
    assert watcher.rows[row.before].name == "zpad0"
    assert (row.size, row.step) == ((5, 5), (1, 1))
    first = watcher(image)
    before = watcher.rows[watcher.rows[row.before].before]
    assert before.name == "image"
    pad = watcher.rows[row.before]
    top, left = (int(pad.low[k] + row.low[k] + 10) for k in (0, 1))
    other = rng.integers(0, 256, image.shape, np.uint8)
    other[:, top : top + 5, left : left + 5] = image[:, top : top + 5, left : left + 5]
    second = watcher(other)
    assert np.array_equal(first[c0][:, 10, 10], second[c0][:, 10, 10])
    assert not np.allclose(first[c0][:, 10, 11], second[c0][:, 10, 11])


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"{}", {}, 400),
        (b"[" * 100_000, {}, 400),
        (b"[" * (1 << 20), {}, 400),
        (b'{"strokes": ' + b"[" * 500 + b"]" * 500 + b"}", {}, 400),
        (json.dumps({"strokes": [[(0, 0)]] * (POINTS + 1)}).encode(), {}, 413),
        (None, {"Host": "evil.example"}, 400),
        (GOOD, {"Host": "evil.example:8642"}, 400),
        (GOOD, {"Origin": "http://evil.example"}, 403),
        (GOOD, {"Origin": "null"}, 403),
        (GOOD, {"Sec-Fetch-Site": "cross-site"}, 403),
        (GOOD, {"Sec-Fetch-Site": "same-site"}, 403),
    ],
)
def test_it_refuses_the_rest(address, body, headers, code):
    with pytest.raises(urllib.error.HTTPError) as error:
        ask(address, body, "/answer" if body else "/", **headers)
    assert error.value.code == code
    error.value.close()


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        *(("GET", path, 404) for path in ("/page.html", "/../../etc/passwd", "//etc/passwd")),
        *(("GET", path, 404) for path in ("/%2e%2e/server.py", "/docs", "/answer/", "/?/x/y/")),
        *(("GET", "/answer", 405), ("POST", "/", 405), ("PUT", "/answer", 405)),
        *(("GET", path, 405) for path in ("/rows", "/scores", "/kernels")),
        *(("DELETE", "/", 405), ("TRACE", "/", 405), ("CONNECT", "/", 405)),
    ],
)
def test_it_has_no_path_but_its_own(address, method, path, code):
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    connection.request(method, path)
    reply = connection.getresponse()
    assert reply.status == (200 if path.startswith("/?") else code)
    assert "location" not in reply.headers
    connection.close()


def test_the_page_asks_for_its_own_server_alone(address):
    with urllib.request.urlopen(address, timeout=30) as reply:
        policy, page = reply.headers["Content-Security-Policy"], reply.read().decode()
    nonce = re.search(r"script-src 'nonce-([\w-]+)'", policy)[1]
    assert page.count(f'nonce="{nonce}"') == 2
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    same = {"Origin": address, "Sec-Fetch-Site": "same-origin"}
    assert ask(address, GOOD, **same)[0] == 200
    localhost = {"Host": "localhost:1", "Origin": "http://localhost:1"}
    assert ask(address, GOOD, **localhost)[0] == 200


def test_it_listens_on_this_machine_alone():
    with listen(0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_idle_and_slow_connections_are_closed(address, monkeypatch):
    """200 that say nothing and one that sends a byte at a time: others are answered meanwhile."""
    from netkit.play import connections

    monkeypatch.setattr(connections, "SECONDS", 1.0)
    place = (HOST, int(address.rpartition(":")[2]))
    idle = [socket.create_connection(place, timeout=30) for _ in range(200)]
    head = b"POST /answer HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n"
    slow = [socket.create_connection(place, timeout=30) for _ in range(2)]
    slow[0].sendall(head + b'{"str')
    slow[1].sendall(head[:20])
    before = ask(address, GOOD)
    assert before[0] == 200
    for connection in (*idle, *slow):
        assert connection.recv(1000) in (b"",) or connection is slow[0]
        connection.close()
    assert ask(address, GOOD) == before


def test_there_are_so_many_connections_and_no_more(address, monkeypatch):
    """The one that has waited longest makes room for the next."""
    from netkit.play import connections

    monkeypatch.setattr(connections, "MOST", 20)
    place = (HOST, int(address.rpartition(":")[2]))
    many = [socket.create_connection(place, timeout=30) for _ in range(30)]
    assert many[0].recv(10) == b""
    assert ask(address, GOOD)[0] == 200
    many[-1].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert many[-1].recv(15).startswith(b"HTTP/1.1 200")
    for connection in many:
        connection.close()


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
    assert "weights=null: name the folder" in cli("play", code=1).stderr
    assert "port=x: give a whole number from 0" in cli("play", "port=x", code=1).stderr

"""Downloads, from servers on this machine."""

import gzip
import hashlib
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from netkit.errors import NetkitError
from netkit.plugins.datasets.downloads import cached, download

CONTENT = random.Random(0).randbytes(300_000)
PACKED = gzip.compress(CONTENT, 1, mtime=0)
SUMS = {"train-images-idx3-ubyte.gz": hashlib.sha256(CONTENT).hexdigest()}
(FILE,) = SUMS


class Server(BaseHTTPRequestHandler):
    """Serves `data` with ranges, as a mirror does; after `breaks` bytes the connection ends."""

    def do_GET(self):
        server = self.server
        server.asked.append(self.headers.get("Range"))
        if self.path != f"/{FILE}":
            return self.send_error(404)
        start = int((self.headers.get("Range") or "bytes=0-").split("=")[1].rstrip("-"))
        if start >= len(server.data):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(server.data) - start))
        self.end_headers()
        self.wfile.write(server.data[start : server.breaks])

    def log_message(self, *args):
        pass


@pytest.fixture
def mirror(monkeypatch, tmp_path):
    """Start mirrors: mirror(data, breaks) returns the server, with its address in `url`."""
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path))
    servers = []

    def start(data=PACKED, breaks=None):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
        server.data, server.breaks, server.asked = data, breaks, []
        server.url = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_brings_the_file_once(mirror, tmp_path):
    server = mirror()
    for _ in range(2):
        folder = download("mnist", [server.url], SUMS)
    assert folder == tmp_path / "mnist"
    assert gzip.decompress((folder / FILE).read_bytes()) == CONTENT
    assert len(server.asked) == 1
    assert cached("mnist") is None  # three of the four files of MNIST are missing still


def test_goes_on_with_a_part(mirror, tmp_path):
    broken, whole = mirror(breaks=200_000), mirror()
    with pytest.raises(NetkitError, match="200000 bytes read"):
        download("mnist", [broken.url], SUMS)
    part = (tmp_path / "mnist" / f"{FILE}.part").stat().st_size
    download("mnist", [whole.url], SUMS)
    assert part > 100_000
    assert whole.asked == [f"bytes={part}-"]
    assert sorted(p.name for p in (tmp_path / "mnist").iterdir()) == [FILE]


def test_takes_the_next_mirror(mirror, tmp_path):
    wrong, cut, good = mirror(gzip.compress(b"else")), mirror(PACKED[:-100]), mirror()
    download("mnist", ["http://127.0.0.1:1/", wrong.url, cut.url, good.url], SUMS)
    assert gzip.decompress((tmp_path / "mnist" / FILE).read_bytes()) == CONTENT


def test_says_what_each_mirror_said(mirror, tmp_path):
    wrong = mirror(gzip.compress(b"else"))
    with pytest.raises(NetkitError) as caught:
        download("mnist", ["http://127.0.0.1:1/", wrong.url], SUMS)
    text = str(caught.value)
    assert "127.0.0.1:1/" in text
    assert f"{wrong.url}{FILE}: its sha256 is" in text
    assert "root=DIR" in text
    assert "\n" not in text
    assert list((tmp_path / "mnist").iterdir()) == []


def test_a_folder_that_cannot_be_made(mirror, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path / "file"))
    with pytest.raises(NetkitError, match="set NETKIT_CACHE"):
        download("mnist", [mirror().url], SUMS)

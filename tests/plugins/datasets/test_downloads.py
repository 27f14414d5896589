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
    """Serves files as a mirror does; after `breaks` bytes the connection ends."""

    def do_GET(self):
        server = self.server
        server.asked.append(self.headers.get("Range"))
        data = server.files.get(self.path[1:])
        if data is None:
            return self.send_error(404)
        start = int((self.headers.get("Range") or "bytes=0-").split("=")[1].rstrip("-"))
        if not server.ranges:
            start = 0
        if start >= len(data):
            return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        self.wfile.write(data[start : start + server.breaks if server.breaks else None])

    def log_message(self, *args):
        pass


@pytest.fixture
def mirror(monkeypatch, tmp_path):
    """Start mirrors: mirror(data, breaks) returns the server, with its address in `url`.

    data: of the one file, or {name: bytes}.
    """
    monkeypatch.setenv("NETKIT_CACHE", str(tmp_path))
    servers = []

    def start(data=PACKED, breaks=None, ranges=True):
        server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
        server.files = data if isinstance(data, dict) else {FILE: data}
        server.breaks, server.ranges, server.asked = breaks, ranges, []
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
    """What one run has brought is not asked for again by the next."""
    part = tmp_path / "mnist" / f"{FILE}.part"
    part.parent.mkdir()
    part.write_bytes(PACKED[:200_000])
    whole = mirror()
    download("mnist", [whole.url], SUMS)
    assert whole.asked == ["bytes=200000-"]
    assert sorted(p.name for p in (tmp_path / "mnist").iterdir()) == [FILE]


def test_a_connection_that_ends_is_made_again(mirror, tmp_path):
    broken = mirror(breaks=120_000)
    download("mnist", [broken.url], SUMS)
    assert broken.asked[:3] == [None, "bytes=114688-", "bytes=229376-"]  # in parts of 16 KiB
    assert len(broken.asked) == 3
    assert (tmp_path / "mnist" / FILE).read_bytes() == PACKED


def test_one_mirror_begins_and_another_goes_on(mirror, tmp_path):
    short, whole = mirror(), mirror()
    short.files = {FILE: PACKED[:150_000]}  # without its end, and its length says so
    download("mnist", [short.url, whole.url], SUMS)
    assert (tmp_path / "mnist" / FILE).read_bytes() == PACKED


def test_a_mirror_without_ranges_begins_anew(mirror, tmp_path):
    part = tmp_path / "mnist" / f"{FILE}.part"
    part.parent.mkdir()
    part.write_bytes(b"something else")
    download("mnist", [mirror(ranges=False).url], SUMS)
    assert (tmp_path / "mnist" / FILE).read_bytes() == PACKED


def test_a_part_that_is_too_long_is_left(mirror, tmp_path):
    part = tmp_path / "mnist" / f"{FILE}.part"
    part.parent.mkdir()
    part.write_bytes(PACKED + b"more")
    server = mirror()
    download("mnist", [server.url], SUMS)
    assert server.asked == [f"bytes={len(PACKED) + 4}-", None]


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


def svhn_files(folder):
    """Small files of SVHN's form."""
    import numpy as np
    from scipy.io import savemat

    rng, made = np.random.default_rng(0), {}
    for name, size in (("train_32x32.mat", 20), ("test_32x32.mat", 10)):
        images = rng.integers(0, 256, (32, 32, 3, size), np.uint8)
        savemat(folder / name, {"X": images, "y": (np.arange(size) % 10 + 1.0)[:, None]})
        made[name] = (folder / name).read_bytes()
    return made


def test_a_set_from_the_command_to_training(mirror, tmp_path, monkeypatch, registry):
    """All but the first mirror are down, its connection ends, and one file has to be read twice."""
    from click.testing import CliRunner

    from netkit.build.parts import make_data
    from netkit.cli_data import data as command
    from netkit.config.compose import compose
    from netkit.plugins.datasets import downloads
    from netkit.plugins.datasets.mirrors import Remote

    files = svhn_files(tmp_path)
    sums = {
        name: f"sha256:{hashlib.sha256(content).hexdigest()}" for name, content in files.items()
    }
    server = mirror(files, breaks=40_000)
    wrong = mirror(dict.fromkeys(files, b"wrong"))
    mirrors = ["http://127.0.0.1:1/", wrong.url, server.url]
    monkeypatch.setitem(downloads.SETS, "svhn", Remote(mirrors, sums))
    with pytest.raises(NetkitError, match="data=svhn is not here: netkit data svhn"):
        make_data(registry, compose("train", ["data=svhn"]))
    done = CliRunner().invoke(command, ["svhn"], catch_exceptions=False)
    assert done.output == f"svhn is in {tmp_path / 'svhn'}\n"
    made = make_data(registry, compose("train", ["data=svhn", "train_size=15"]))
    assert (len(made.train), len(made.val), made.bias) == (15, 10, -115.1)
    monkeypatch.setitem(downloads.SETS, "svhn", Remote(["http://127.0.0.1:1/"], sums))
    assert CliRunner().invoke(command, ["svhn"]).exit_code == 0  # it is there


def test_one_address_for_the_only_file(mirror, tmp_path):
    server = mirror({"gzip.zip": PACKED})
    sums = {"emnist-gzip.zip": f"sha256:{hashlib.sha256(PACKED).hexdigest()}"}
    folder = download("emnist", [f"{server.url}gzip.zip"], sums)
    assert (folder / "emnist-gzip.zip").read_bytes() == PACKED

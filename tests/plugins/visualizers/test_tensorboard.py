"""The event files: framed as TensorBoard reads them, with the numbers and pictures of the run."""

import csv
import io
import struct
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from netkit.commands.train import train
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.plugins.visualizers.tensorboard import TensorBoard

SIZES = "train_size=100", "val_size=40", "iterations=2", "arch=linear", "report=false"


def events(folder):
    """Yield the events of the one file in a folder, by TFRecord's framing: length, its check, data,
    its check.
    """
    proto = pytest.importorskip("tensorboardX.proto.event_pb2")
    (path,) = folder.glob("events.out.tfevents.*")
    data, at = path.read_bytes(), 0
    while at < len(data):
        (length,) = struct.unpack_from("<Q", data, at)
        yield proto.Event.FromString(data[at + 12 : at + 12 + length])
        at += 12 + length + 4
    assert at == len(data)


def test_results_weights_and_pictures(tmp_path):
    pytest.importorskip("tensorboardX")
    train(compose("train", [*SIZES, "tensorboard=true", "show_train=true"]), tmp_path)
    values = {(v.tag, e.step): v for e in events(tmp_path / "tensorboard") for v in e.summary.value}
    with open(tmp_path / "results.csv") as file:
        for row in csv.DictReader(file):
            for name in ("energy", "correct", "test_correct", "eta"):
                assert values[name, int(row["iteration"])].simple_value == pytest.approx(
                    float(row[name]), rel=1e-6
                )
    assert values["weights/f0.W", 2].histo.num == 784 * 10
    logged, drawn = (
        io.BytesIO(values["test", 2].image.encoded_image_string),
        tmp_path / "pictures" / "test_i00002.png",
    )
    with Image.open(logged) as one, Image.open(drawn) as other:
        np.testing.assert_array_equal(
            np.asarray(one.convert("RGB")), np.asarray(other.convert("RGB"))
        )


def test_missing(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    with pytest.raises(NetkitError, match=r"pip install 'netkit\[tensorboard\]'"):
        TensorBoard().start(SimpleNamespace(folder=tmp_path))

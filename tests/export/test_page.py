"""netkit convert RUN net.html: the page is written for every packaged arch, or refused by name."""

import numpy as np
import pytest
from page_files import read
from plans import ARCHS, checkpoint_of, checkpoint_of_layer

from netkit.build.detector import PACKAGED
from netkit.commands.convert import convert
from netkit.errors import NetkitError
from netkit.export.page.html import export
from netkit.export.page.table import table_of
from netkit.export.page.wasm import WASM
from netkit.export.plan import plan_of
from netkit.plugins.energies.cross_entropy import CrossEntropy


@pytest.mark.parametrize("arch", [*ARCHS, "finder"])
def test_arch(registry, tmp_path, arch):
    words = ["energy=boxes"] if arch == "finder" else []
    shape = (3, 48, 64) if arch == "finder" else (1, 28, 28)
    checkpoint, net = checkpoint_of(registry, arch, shape, *words, dtype="float32")
    checkpoint.meta["config"] = checkpoint.meta["config"] | {"data": None}
    said = export(registry, checkpoint, tmp_path / "net.html")
    assert f"{net.values.size:,} weights" in said
    facts, (code, words, constants, pictures) = read(tmp_path / "net.html")
    table = table_of(plan_of(registry, checkpoint, fold=False))
    assert code == WASM.read_bytes()
    assert words == table.words.tobytes()
    planes = np.frombuffer(constants, np.uint8).reshape(4, -1)
    assert planes.T.tobytes() == table.constants.tobytes()
    assert len(pictures) == len(facts["examples"]["labels"]) * net.ops.xp.prod(net.shape)
    assert facts["rows"][-1]["shape"] == list(net.shapes[-1])
    assert len(facts["inside"]["rows"]) == len(facts["rows"]) >= len(net.layers) // 2
    trained = [n for n, row in enumerate(facts["rows"]) if row["kernels"]]
    assert trained, "no layer has kernels to show"
    for number in trained:
        row, at = facts["rows"][number], facts["inside"]["kernels"][number]
        size = row["shape"][0] * int(np.prod(row["kernels"]))
        W = checkpoint.tensors.get(f"{row['name']}.W")
        if W is None:
            continue  # subs, whose coefficients stand for kernels
        numbers = table.constants[at : at + size]
        assert np.count_nonzero(numbers) <= W.size
        assert np.isclose(numbers.sum(dtype=np.float64), W.sum(dtype=np.float64), atol=1e-3)


def test_the_packaged_detector(tmp_path):
    said = convert(str(PACKAGED), str(tmp_path / "net.html"), {})
    assert said.startswith(f"{tmp_path}/net.html: ")
    assert read(tmp_path / "net.html")[0]["reading"] == {"kind": "softmax"}


def test_what_a_page_cannot_read_is_named(registry, tmp_path, monkeypatch):
    monkeypatch.setattr(CrossEntropy, "reading", lambda self: None)
    checkpoint, _ = checkpoint_of(registry, "linear", (1, 28, 28), "energy=cross_entropy")
    with pytest.raises(NetkitError, match=r"energy CrossEntropy: .* show the net with netkit play"):
        export(registry, checkpoint, tmp_path / "net.html")
    assert not list(tmp_path.iterdir())


def test_pictures_have_one_channel_or_three(registry, tmp_path):
    checkpoint, _ = checkpoint_of_layer(registry, "linear", {"out": 10}, (2, 4, 5))
    checkpoint.meta["config"] |= {"seed": 0, "dtype": "float32"}
    with pytest.raises(NetkitError, match="this net takes 2 channels, and pictures have 1 or 3"):
        export(registry, checkpoint, tmp_path / "net.html")
    assert not list(tmp_path.iterdir())


def test_a_file_of_numbers_needs_its_arch(tmp_path, trained_run):
    convert(str(trained_run), str(tmp_path / "net.mat"), {})
    with pytest.raises(NetkitError, match=r"a page needs to know which net it is for"):
        convert(str(tmp_path / "net.mat"), str(tmp_path / "net.html"), {"arch": None})
    assert not (tmp_path / "net.html").exists()

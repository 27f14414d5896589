"""Weights in and out: EBLearn's own files, conversion, and files that do not fit."""

import json
import re
import shlex
import shutil
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from netkit.build.parts import make_backend, make_net
from netkit.build.trained import load_trained
from netkit.commands.convert import convert
from netkit.config.compose import compose
from netkit.context import make_contexts
from netkit.errors import NetkitError
from netkit.files.idx import read_matrix, write_matrix
from netkit.passes import Shards
from netkit.training.checkpoint import Checkpoint
from netkit.worker import Worker

ROOT = Path(__file__).parents[2]


def load(registry, path, *words):
    """Return the checkpoint and the net that `netkit detect weights=PATH ...` would use."""
    cfg = compose("detect", [f"weights={path}", *words])
    checkpoint = load_trained(registry, cfg)
    meta, ops = checkpoint.meta, make_backend(registry, cfg)
    net = make_net(
        registry,
        meta["config"],
        meta["shape"],
        classes=len(meta["classes"]),
        ops=ops,
        bias=meta["bias"],
        coeff=meta["coeff"],
    )
    checkpoint.restore(net)
    return checkpoint, net


@pytest.fixture
def eblearn(shared):
    return shared / "oracles" / "eblearn"


@pytest.fixture
def digits(shared):
    return read_matrix(shared / "data" / "mnist" / "t10k-images-idx3-ubyte.gz")[:64, None]


@pytest.mark.parametrize(
    ("dtype", "outputs", "layers"), [("float64", 1e-9, 1e-8), ("float32", 1e-4, 1e-4)]
)
def test_eblearns_network(registry, eblearn, digits, dtype, outputs, layers):
    """EBLearn's own .mat gives EBLearn's own outputs, and every one of its layers."""
    _, net = load(registry, eblearn / "mnist_net00005.mat", "arch=lenet5_eblearn", f"dtype={dtype}")
    assert net.dtype == dtype
    expected = np.loadtxt(eblearn / "outputs.csv", delimiter=",")[:, 1:]
    np.testing.assert_allclose(
        Shards(net).outputs(digits)[:, 0, 0].T, expected, rtol=0, atol=outputs
    )
    worker = Worker(net, first=True)
    x, theirs = worker.to_input(digits[:1]), np.load(eblearn / "layers_image0.npz")
    assert len(theirs.files) == len(net.layers) == 23
    for layer, run, name in zip(
        net.layers.values(), make_contexts(net, net.layers, worker), theirs.files, strict=True
    ):
        x, _ = layer.forward(x, run)
        np.testing.assert_allclose(x[..., 0], theirs[name], rtol=0, atol=layers, err_msg=name)


def test_eblearns_class_names_and_type(registry, eblearn):
    words = "arch=lenet5_eblearn", f"classes={eblearn / 'mnist_classes.mat'}"
    checkpoint, net = load(registry, eblearn / "mnist_net00005.mat", *words)
    assert checkpoint.meta["classes"] == list("0123456789")
    assert net.dtype == "float64"


@pytest.fixture(scope="module")
def trained(tmp_path_factory, registry):
    """A checkpoint with running statistics and an optimizer's vectors, as training leaves it."""
    folder = tmp_path_factory.mktemp("trained")
    cfg = compose("train", ["arch=resnet", "energy=cross_entropy"])
    cfg["arch"]["input"] = {"shape": [1, 28, 28], "coeff": 0.01}
    ops = make_backend(registry, cfg)
    net = make_net(registry, cfg, (1, 28, 28), classes=10, ops=ops, coeff=0.01)
    meta = {
        "config": cfg,
        "classes": list("abcdefghij"),
        "shape": [1, 28, 28],
        "bias": 0,
        "coeff": 0.01,
        "iteration": 3,
        "age": 7,
        "results": [],
    }
    rng = np.random.default_rng(0)
    net.values[...] = rng.normal(size=net.values.size)
    net.state[...] = np.abs(rng.normal(size=net.state.size))  # no variance is below 0
    Checkpoint.of(net, meta, {"optimizer/v": net.values * 2}).save(folder / "a.safetensors")
    return folder


def test_npz_keeps_everything(trained):
    none = compose("detect")
    convert(trained / "a.safetensors", trained / "b.npz", none)
    convert(trained / "b.npz", trained / "c.safetensors", none)
    assert (trained / "a.safetensors").read_bytes() == (trained / "c.safetensors").read_bytes()


def test_mat_keeps_every_number(trained, registry):
    """Through EBLearn's .mat: weights and running statistics come back bit by bit, in the layer
    they were of.
    """
    convert(trained / "a.safetensors", trained / "d.mat", compose("detect"))
    convert(trained / "d.mat", trained / "e.npz", compose("detect"))
    convert(trained / "e.npz", trained / "f.mat", compose("detect"))
    assert (trained / "d.mat").read_bytes() == (trained / "f.mat").read_bytes()
    before = Checkpoint.load(trained / "a.safetensors")
    cfg = compose("detect", ["arch=resnet", "+arch.input={shape: [1, 28, 28], coeff: 0.01}"])
    for end in ("safetensors", "npz"):
        convert(trained / "f.mat", trained / f"g.{end}", cfg)
        after = Checkpoint.load(trained / f"g.{end}")
        assert after.tensors.keys() == before.named({}).keys()
        for name, array in after.tensors.items():
            assert array.dtype == np.float32
            assert array.tobytes() == before.tensors[name].tobytes(), name
    assert after.meta["classes"] == list("0123456789")


def test_eblearns_mat_comes_back(registry, eblearn, tmp_path):
    there, cfg = tmp_path / "a.safetensors", compose("detect", ["arch=lenet5_eblearn"])
    convert(eblearn / "mnist_net00005.mat", there, cfg)
    convert(there, tmp_path / "b.mat", compose("detect"))
    assert (tmp_path / "b.mat").read_bytes() == (eblearn / "mnist_net00005.mat").read_bytes()


def test_the_command_line(cli, trained, tmp_path):
    said = cli("convert", str(trained / "a.safetensors"), "net.mat").stdout
    assert "net.mat: " in said
    words = "arch=resnet", "+arch.input={shape: [1, 28, 28], coeff: 0.01}", "energy=cross_entropy"
    ours = cli("detect", f"weights={trained / 'a.safetensors'}", "save_images=false").stdout
    theirs = cli(
        "detect", "weights=net.mat", *words, "classes=[a,b,c,d,e,f,g,h,i,j]", "save_images=false"
    ).stdout
    assert ours.splitlines()[:10] == theirs.splitlines()[:10]
    cli("train", "weights=net.mat", "arch=resnet", "iterations=1", "train_size=32", "val_size=16")
    pytest.importorskip("onnx")
    assert "operators" in cli("convert", "net.mat", "net.onnx", *words[:2]).stdout


def vector(path, size):
    write_matrix(path, np.zeros(size), "mat")


def absurd(path):
    path.write_bytes(struct.pack("<Ii3i", 0x1E3D4C53, 1, 2**31 - 1, 1, 1) + bytes(64))


def absurd_npz(path):
    with zipfile.ZipFile(path, "w") as archive:
        header = (
            f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({10**14},), }}".ljust(117) + "\n"
        )
        archive.writestr(
            "a.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode()
        )


def pickled(path):
    np.savez(path, a=np.array([{}], dtype=object))


def misshapen(path):
    np.savez(path, **{"conv0.W": np.zeros((6, 24))})


BAD = [  # what the file is, how it is made, the ending, what is said of it
    (
        "short",
        lambda p: vector(p, 50_000),
        ".mat",
        "50,000 numbers, and the arch lenet5_eblearn.* has 51,046.*"
        "differs is linear7, whose W needs 1,200 and finds 164",
    ),
    (
        "one short",
        lambda p: vector(p, 51_045),
        ".mat",
        "51,045 numbers, and the arch lenet5_eblearn.* has 51,046.*"
        "first layer that differs is addc7, whose b needs 10",
    ),
    (
        "very short",
        lambda p: vector(p, 155),
        ".mat",
        "155 numbers, .*layer that differs is addc0, whose b needs 6",
    ),
    (
        "long",
        lambda p: vector(p, 51_050),
        ".mat",
        "51,050 numbers, .* 51,046: 4 are left over after .* addc7",
    ),
    (
        "matrix",
        lambda p: write_matrix(p, np.zeros((3, 4)), "mat"),
        ".mat",
        "float64 .3, 4. are no weights",
    ),
    ("absurd", absurd, ".mat", "truncated: it declares 2147483647, 17,179,869,"),
    (
        "text",
        lambda p: p.write_text("hello, this is no matrix"),
        ".mat",
        "no idx file and no EBLearn .mat",
    ),
    ("text", lambda p: p.write_text("hello"), ".npz", "not a whole .npz file"),
    ("absurd", absurd_npz, ".npz", "a.npy declares .100000000000000,. float64 in 128 bytes"),
    ("pickled", pickled, ".npz", "not a whole .npz file of plain arrays"),
    (
        "misshapen",
        misshapen,
        ".npz",
        "conv0.W is .6, 24. in the file and .6, 25. in the arch .144 numbers in ",
    ),
    ("text", lambda p: p.write_text("hello"), ".safetensors", "not a whole safetensors file"),
]


@pytest.mark.parametrize(
    ("make", "end", "said"), [b[1:] for b in BAD], ids=[f"{b[0]}{b[2]}" for b in BAD]
)
def test_bad_files(registry, tmp_path, make, end, said):
    path = tmp_path / f"bad{end}"
    make(path)
    with pytest.raises(NetkitError, match=said):
        load(registry, path, "arch=lenet5_eblearn")


def test_what_is_missing_is_said(registry, trained, tmp_path):
    vector(tmp_path / "a.mat", 51_046)
    for words, said in (
        ([], "does not say which net it is for: name it, arch="),
        (["arch=mlp"], "does not say what images it is for"),
        (["arch=lenet5_eblearn", "classes=[a,b]"], "51,046 numbers, .* 50,078"),
    ):
        with pytest.raises(NetkitError, match=said):
            load(registry, tmp_path / "a.mat", *words)
    with pytest.raises(NetkitError, match=r"2 names for a net of 10 classes"):
        load(registry, trained / "a.safetensors", "classes=[a,b]")
    with pytest.raises(
        NetkitError, match=r"ends in '.txt': there are .safetensors, .npz, .mat, .onnx"
    ):
        convert(tmp_path / "a.mat", tmp_path / "a.txt", compose("detect"))
    with pytest.raises(NetkitError, match="ONNX needs to know which net"):
        convert(tmp_path / "a.mat", tmp_path / "a.onnx", compose("detect"))
    assert not (tmp_path / "a.txt").exists()


def test_a_damaged_description(tmp_path):
    np.savez(tmp_path / "a.npz", netkit=np.frombuffer(b"{half", "uint8"))
    with pytest.raises(NetkitError, match="its description is damaged"):
        Checkpoint.load(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", netkit=np.frombuffer(json.dumps({"config": {}}).encode(), "uint8"))
    with pytest.raises(NetkitError, match=r"b.npz: its description has no classes, only .'config'"):
        Checkpoint.load(tmp_path / "b.npz")


def test_the_page_about_weights(cli, trained, tmp_path, monkeypatch, eblearn):
    """What docs/weights.md shows runs as it stands."""
    pytest.importorskip("onnxruntime")
    text = (ROOT / "docs" / "weights.md").read_text(encoding="utf-8")
    lines = re.findall(r"^netkit (.+)", text, re.M)
    commands = [shlex.split(line, comments=True) for line in lines]
    monkeypatch.chdir(tmp_path)
    shutil.copy(eblearn / "mnist_net00005.mat", "net.mat")
    run = tmp_path / "outputs" / "DATE" / "TIME"
    run.mkdir(parents=True)
    shutil.copy(trained / "a.safetensors", run / "best.safetensors")
    for words in commands:
        cli(*words)
    assert len(commands) == 6
    exec(re.search(r"```python\n(.*?)```", text, re.S)[1], names := {})
    assert set(names["answers"]) <= set("abcdefghij")


def test_the_page_for_eblearns_users(cli, tmp_path, eblearn):
    """The commands of docs/eblearn.md about modules and weights run, the training shortened."""
    section = (
        (ROOT / "docs" / "eblearn.md")
        .read_text(encoding="utf-8")
        .split("## arch: modules")[1]
        .split("\n## ")[0]
    )
    for name in ("mnist_net00005.mat", "mnist_classes.mat"):
        shutil.copy(eblearn / name, tmp_path / name)
    shutil.copy(eblearn / "table_6_16_connect_60.mat", tmp_path / "table.mat")
    commands = [
        shlex.split(line, comments=True) for line in re.findall(r"^netkit (.+)", section, re.M)
    ]
    for words in commands:
        cli(
            *words,
            *(["iterations=1", "train_size=20", "val_size=10"] if words[0] == "train" else []),
        )
    assert (tmp_path / "net.mat").read_bytes() == (tmp_path / "mnist_net00005.mat").read_bytes()

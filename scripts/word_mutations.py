"""Documents of words that netkit reads, each mutated by a random number generator, and read."""

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from netkit.annotations import read_annotated
from netkit.build.arch import settled
from netkit.build.trained import load_net
from netkit.build.training import make_trainer, resumed
from netkit.config.compose import compose
from netkit.eblearn.import_conf import import_conf
from netkit.net import Net
from netkit.plugins.layers.tables import checked_pairs, pairs, read_table
from netkit.registry import Registry
from netkit.training.checkpoint import Checkpoint

REGISTRY = Registry()
OPS = REGISTRY.make("backend", {"type": "numpy", "threads": 1})
VALUES = (
    *(None, True, False, 0, -1, 1, 2, 3, 10**6, 10**9, 2**31, 2**63, 10**30, -(10**20), 10**400),
    *(0.5, -0.0, 1e308, float("nan"), float("inf"), float("-inf")),
    *("", "a", "noutputs", "conv", "\x00", "\x1b]0;x\x07", "é\u202e", "../../x", "a/b", "a.b"),
    *("${seed}", "x" * 5000, "nan", "1e999", "/nonexistent", "/dev/null", "."),
    *([], {}, [[]], [0], [1, 2, 3], [None], {"type": "conv"}, {"type": None}, {"pairs": [[0]]}),
    *({"fan_in": 10**6}, {"pairs": [[0, 10**12]]}, {"layers": {}}, {"a": {"type": "chain"}}),
)
CONF = (Path(__file__).parent.parent / "tests" / "eblearn" / "mnist.conf").read_text()
TRAIN = compose("train", ["data=synthetic", "train_size=20", "val_size=10"])
ARCHS = tuple(
    compose("train", [f"arch={path.stem}"])["arch"]
    for path in sorted((Path(__file__).parent.parent / "conf" / "arch").glob("*.yaml"))
)


# ---- mutations ----
def places(document: Any) -> list[tuple[Any, Any]]:
    """Return (what holds a value, its key) of all values in a document."""
    found, level = [], [document]
    while level:
        holder = level.pop()
        keys = holder if isinstance(holder, dict) else range(len(holder))
        for key in list(keys):
            found.append((holder, key))
            if isinstance(holder[key], (dict, list)):
                level.append(holder[key])
    return found


def deep(rng: random.Random) -> Any:
    """Return lists or layers inside one another."""
    value: Any = 1
    lists = rng.random() < 0.5
    for _ in range(rng.choice((5, 60, 150))):
        value = [value] if lists else {"type": "chain", "layers": {"a": value}}
    return value


def mutated(document: Any, rng: random.Random) -> Any:
    """Return a document with one to four changes."""
    document = copy.deepcopy(document)
    for _ in range(rng.randint(1, 4)):
        holder, key = rng.choice(places(document) or [({"": 0}, "")])
        kind = rng.randrange(6)
        if kind == 0:
            del holder[key]
        elif kind == 1 and isinstance(holder, dict):
            holder[rng.choice(("x", "", "layers", "a/b", "\n"))] = holder.pop(key)
        elif kind == 2 and isinstance(holder, list):
            holder *= rng.choice((0, 2, 40))
        elif kind == 3 and rng.random() < 0.2:
            holder[key] = deep(rng)
        elif kind == 4:
            holder[key] = copy.deepcopy(rng.choice(places(document) or [(holder, key)])[0])
        else:
            holder[key] = copy.deepcopy(rng.choice(VALUES))
    return rng.choice(VALUES) if rng.random() < 0.02 else document


def scrambled(text: str, rng: random.Random, words: tuple[str, ...]) -> str:
    """Return a text with some of it cut out, doubled or replaced."""
    for _ in range(rng.randint(1, 5)):
        at, length = rng.randint(0, len(text)), rng.choice((0, 0, 1, 5, 40))
        new = rng.choice((*words, *(str(v)[:100] for v in VALUES), text[at : at + 60] * 3))
        text = text[:at] + new + text[at + length :]
    return text


# ---- formats ----
def checkpoint(rng: random.Random, folder: Path) -> None:
    """A weights file's metadata, loaded, resumed and made a trainer of."""
    run = folder / "run"
    run.mkdir()
    spec = {"c": {"type": "conv", "out": 2, "kernel": 3}, "f": {"type": "full", "out": "noutputs"}}
    cfg = copy.deepcopy(TRAIN)
    cfg["arch"] = {"name": "small", "layers": spec}
    meta = {"config": cfg, "classes": ["a", "b"], "shape": [1, 8, 8], "bias": 0.0, "coeff": 0.01}
    meta |= {"iteration": 1, "age": 2, "seen": 3, "rows": [{"iteration": 1, "test_correct": 3.0}]}
    if rng.random() < 0.5:  # near the top, where a change matters most
        holder = rng.choice((meta, cfg, cfg["arch"]))
        holder[rng.choice(list(holder))] = copy.deepcopy(rng.choice(VALUES))
        meta = meta if rng.random() < 0.7 else mutated(meta, rng)
    else:
        meta = mutated(meta, rng)
    end = rng.choice(("safetensors", "npz"))
    Checkpoint({"c.W": np.zeros((2, 9), "f")}, meta).save(path := run / f"last.{end}")
    word = {"weights": str(path), "backend": {"type": "numpy", "threads": 1}}
    if rng.random() < 0.5 and end == "safetensors":
        again = resumed(TRAIN | {"resume": str(run), "command": "netkit train"})
        make_trainer(REGISTRY, again | {"backend": {"type": "numpy"}}, folder)
    else:
        load_net(REGISTRY, word)


def arch(rng: random.Random, folder: Path) -> None:
    """An arch, as plain values."""
    specs = mutated(rng.choice(ARCHS), rng)
    if isinstance(specs, dict):
        layers = settled(REGISTRY, specs.get("layers"))
        Net(REGISTRY.layers(layers, 10), (1, 28, 28), OPS)


def table(rng: random.Random, folder: Path) -> None:
    """A connection table: in a file, or as values."""
    start: Any = rng.choice(
        ([[0, 1], [1, 2], [0, 2]], {"pairs": [[0, 0], [1, 1], [2, 0]]}, {"fan_in": 2, "seed": 1})
    )
    value = mutated(start, rng)
    if rng.random() < 0.5:
        try:
            text = yaml.safe_dump(value)
        except (ValueError, RecursionError):  # no number of so many digits; very deep
            return
        if rng.random() < 0.3:
            text = "a: &a [1,1]\nb: &b [*a,*a]\n" + text
        if rng.random() < 0.3:
            text = scrambled(text, rng, ("&a ", "*a", "[" * 2000, "{", "- ", "2001-99-99", "!!x "))
        (folder / "t.yaml").write_text(text, encoding="utf-8")
        value = read_table(folder / "t.yaml")
        checked_pairs(value, "table")
    inputs, outputs = (rng.choice((1, 3, 1000, 10**6, 10**9)) for _ in range(2))
    pairs(value, inputs, outputs)


def conf(rng: random.Random, folder: Path) -> None:
    """An EBLearn .conf file."""
    bombs = "\n".join(f"v{k} = ${{v{k + 1}}}${{v{k + 1}}}" for k in range(rng.choice((3, 40))))
    words = ("${a}", "${", "}", "\na = ${a}\n", "\n", " = ", ",", '"', f"\n{bombs}\n", "${v0}", "x")
    text = CONF if rng.random() < 0.5 else bombs + "\n" + CONF
    text = scrambled(text, rng, words)
    lines = text.splitlines()
    if rng.random() < 0.5:  # a value of a whole line
        k = rng.randrange(len(lines))
        value = str(rng.choice(VALUES))[:100].replace("\n", " ")
        lines[k] = lines[k].split("=")[0] + "= " + rng.choice((value, "${v0}"))
    (folder / "a.conf").write_text("\n".join(lines), encoding="utf-8", errors="replace")
    import_conf(folder / "a.conf", folder / "out", [])


def annotations(rng: random.Random, folder: Path) -> None:
    """COCO, VOC and YOLO annotations of two images, in parts or not."""
    from PIL import Image

    for name in ("a.png", "images/train/b.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (30, 20)).save(folder / name)
    write = rng.choice((write_coco, write_voc, write_yolo))
    write(rng, folder)
    read_annotated(folder, share=rng.choice((0, 0.2, 0.9)), seed=rng.randrange(3))


def write_coco(rng: random.Random, folder: Path) -> None:
    """Write a COCO file, mutated."""
    coco = {
        "images": [
            {"id": 1, "file_name": "a.png", "width": 30, "height": 20},
            {"id": "b", "file_name": "images/train/b.png"},
        ],
        "categories": [{"id": 1, "name": "cat", "supercategory": "pet"}, {"id": 2, "name": "pet"}],
        "annotations": [
            {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "iscrowd": 0},
            {"image_id": "b", "category_id": 1, "segmentation": [[1, 2, 3, 4, 5, 6]]},
        ],
    }
    text = json.dumps(mutated(coco, rng))
    if rng.random() < 0.3:
        text = scrambled(text, rng, ("[" * 5000, "{", '"', "1e999", "NaN", "9" * 5000, "\\ud800"))
    name = rng.choice(("a.json", "annotations/instances_train2017.json"))
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8", errors="surrogatepass")


def write_voc(rng: random.Random, folder: Path) -> None:
    """Write an XML file and a list, mutated."""
    box = "".join(f"<{n}>{k + 3}</{n}>" for k, n in enumerate(("xmin", "ymin", "xmax", "ymax")))
    text = "<annotation><filename>a.png</filename><size><width>30</width><height>20</height></size>"
    text += f"<object><name>cat</name><bndbox>{box}</bndbox></object></annotation>"
    entity = '<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'
    text = (entity if rng.random() < 0.2 else "") + text
    text = scrambled(text, rng, ("&b;", "<a>" * 3000, "<", ">", "nan", "inf", "1e999", "../"))
    (folder / "a.xml").write_text(text, encoding="utf-8", errors="replace")
    if rng.random() < 0.5:
        (folder / "ImageSets").mkdir()
        for part in ("train", "val"):
            text = scrambled("a\nb 1\n", rng, ("../", "\n", "\0", " ", "a"))
            (folder / "ImageSets" / f"{part}.txt").write_text(text, errors="replace")


def write_yolo(rng: random.Random, folder: Path) -> None:
    """Write text files, and names or a data.yaml, mutated."""
    words = ("nan", "-", " ", "\n", "9", "a", "1e999", "\r", "\x85", "0.5 " * 30)
    for name in ("a.txt", "labels/train/b.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        text = scrambled("0 0.5 0.5 0.2 0.2\n1 .1 .1 .1 .1\n", rng, words)
        (folder / name).write_text(text, encoding="utf-8", errors="replace")
    if rng.random() < 0.3:
        (folder / "classes.txt").write_text("cat\ndog\n")
        return
    (folder / "train.txt").write_text(scrambled("images/train/b.png\n./a.png\n", rng, ("../",)))
    values = {"path": ".", "train": ["images/train", "train.txt"], "val": "a.png", "nc": 2}
    document = mutated(values | {"names": rng.choice((["cat", "dog"], {0: "a", 1: "b"}))}, rng)
    try:
        text = yaml.safe_dump(document)
    except (ValueError, RecursionError):  # a number of very many digits; very deep
        return
    if rng.random() < 0.3:
        text = scrambled(
            text, rng, ("&a ", "*a", "[" * 2000, "{", "- ", "2001-99-99", "!!x ", "../")
        )
    (folder / "data.yaml").write_text(text, encoding="utf-8", errors="replace")


def overrides(rng: random.Random, folder: Path) -> None:
    """Words of a command line."""
    starts = ("arch=lenet5", "iterations=3", "eta=0.1", "data.root=x", "resume=run", "weights=a.st")
    starts = (*starts, "+a={b: [1, 2]}", "show.curves=null", "~show", "energy@x=l2", "seed=1")
    odd = ("'", '"', "{", "}", "[", ",", "=", "\\", "~", "$", "${", "${oc.env:A}", "@", ":", " ")
    words = [scrambled(w, rng, odd) for w in rng.sample(starts, rng.randint(1, 3))]
    command = rng.choice(("train", "detect", "evaluate"))
    words = [word for word in words if not word.startswith("-")]
    compose(command, words)


def configuration(rng: random.Random, folder: Path) -> None:
    """An arch in a file of --config-dir, as Hydra and OmegaConf read it."""
    try:
        text = yaml.safe_dump(mutated(rng.choice(ARCHS), rng))
    except (ValueError, RecursionError):  # no number of so many digits; very deep
        return
    if rng.random() < 0.3:  # aliases of aliases, and references to references
        many = range(rng.choice((3, 12, 40)))
        twice = ["1", *(f"*a{k}, *a{k}" for k in many)]
        bombs = "".join(f"a{k}: &a{k} [{twice[k]}]\n" for k in many)
        names = "".join(f"v{k}: '${{arch.v{k + 1}}}${{arch.v{k + 1}}}'\n" for k in many)
        text += rng.choice((bombs, names, bombs + names))
    if rng.random() < 0.6:
        words = "&a ", "*a", "[" * 2000, "{", "- ", "2001-99-99", "!!x ", "${a", "${seed}", "<<: *a"
        text = scrambled(text, rng, words)
    (folder / "arch").mkdir()
    (folder / "arch" / "odd.yaml").write_text(text, encoding="utf-8", errors="replace")
    compose("train", [f"--config-dir={folder}", "arch=odd"])


FORMATS: dict[str, Callable[[random.Random, Path], None]] = {
    "checkpoint": checkpoint,
    "arch": arch,
    "table": table,
    "conf": conf,
    "annotations": annotations,
    "overrides": overrides,
    "configuration": configuration,
}

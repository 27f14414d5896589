"""JSON of any length, read piece by piece."""

import json
import tracemalloc

import numpy as np
import pytest
from annotation_layouts import picture

from netkit.annotations import long_json, read_annotated
from netkit.annotations.coco import File
from netkit.annotations.long_json import items
from netkit.errors import NetkitError

DOCUMENT = {
    "info": {"a": [1, {"b": None}]},
    "images": [{"id": k, "x": 'é\\"]},{'} for k in range(40)],
    "empty": [],
    "n": 123456789,
    "mixed": [1, -2.5e3, "a", True, None, [], {}, [[1]]],
}


@pytest.mark.parametrize("chunk", [1, 2, 3, 7, 64, 1 << 20])
@pytest.mark.parametrize("indent", [None, 2])
def test_pieces_of_any_length_give_the_same(tmp_path, monkeypatch, chunk, indent):
    monkeypatch.setattr(long_json, "CHUNK", chunk)
    text = json.dumps(DOCUMENT, indent=indent, ensure_ascii=False)
    (tmp_path / "a.json").write_text(f"\ufeff {text}\r\n", encoding="utf-8")
    keys: set[str] = set()
    found: dict[str, list[object]] = {}
    for key, value in items(tmp_path / "a.json", keys):
        found.setdefault(key, []).append(value)
    assert keys == set(DOCUMENT)
    assert "empty" not in found
    for key, value in DOCUMENT.items():
        if key != "empty":
            assert found[key] == (value if isinstance(value, list) else [value])


@pytest.mark.parametrize("chunk", [1, 1 << 20])
@pytest.mark.parametrize(
    "text",
    [
        *("", "[", "[1]", "3", "{", '{"a"', '{"a":', '{"a":1', '{"a":[1', '{"a":[1,]}'),
        *('{"a":1,}', '{"a":[1 2]}', "{1:2}", '{"a":1}}', '{"a":1} x', '{"a":nul}', '{"a":"'),
        *('{"a":tru', "\0", '{"a":2.}', '{"a":1x}'),
        *('{"a":' + "9" * 5000 + "}", '{"a":' + "[" * 200_000),
    ],
)
def test_damage_is_named(tmp_path, monkeypatch, text, chunk):
    monkeypatch.setattr(long_json, "CHUNK", chunk)
    (tmp_path / "a.json").write_text(text)
    if chunk == 1 and len(text) > 1000:
        return
    with pytest.raises(NetkitError, match=r"a\.json") as caught:
        list(items(tmp_path / "a.json", set()))
    assert "\n" not in str(caught.value)


def test_other_damage_is_named(tmp_path, monkeypatch):
    (tmp_path / "a.json").write_bytes(b'{"a": "\xff"}')
    with pytest.raises(NetkitError, match="is damaged"):
        list(items(tmp_path / "a.json", set()))
    monkeypatch.setattr(long_json, "LARGEST", 1000)
    monkeypatch.setattr(long_json, "CHUNK", 100)
    (tmp_path / "a.json").write_text(json.dumps({"a": "x" * 5000}))
    with pytest.raises(NetkitError, match="a value of over 1,000 letters"):
        list(items(tmp_path / "a.json", set()))
    with pytest.raises(NetkitError, match="No such file"):
        list(items(tmp_path / "b.json", set()))


def test_a_long_file_takes_less_memory_than_it_is_long(tmp_path):
    """Of 30,000 boxes with polygons: the bare numbers of the boxes are kept, and a piece."""
    rng, count = np.random.default_rng(0), 30_000
    boxes = rng.uniform(1, 10, (count, 4)).round(2)
    outline = rng.uniform(1, 10, 60).round(2).tolist()
    rows = [
        {"image_id": k % 3, "category_id": 1, "bbox": b, "segmentation": [outline]}
        for k, b in enumerate(boxes.tolist())
    ]
    images = [{"id": k, "file_name": f"{k}.png"} for k in range(3)]
    document = {"annotations": rows, "images": images, "categories": [{"id": 1, "name": "a"}]}
    path = tmp_path / "a.json"
    path.write_text(json.dumps(document))
    assert path.stat().st_size > 8 << 20
    del rows, document
    tracemalloc.start()
    file = File(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(file.of_image) == count
    assert peak < path.stat().st_size
    for k in range(3):
        picture(tmp_path / f"{k}.png")
    found = read_annotated(path, share=0).parts["train"]
    expected = boxes[1::3]
    expected[:, 2:] += expected[:, :2]
    np.testing.assert_allclose(found[1].boxes, expected)

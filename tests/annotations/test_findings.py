"""What is odd about annotated pictures is refused, or counted and said with the first file."""

import json

import numpy as np
import pytest
from annotation_layouts import BOX, SIZE, coco, pascal_voc, picture, ultralytics, voc, write, yolo
from annotation_layouts import yolo_line as line
from PIL import Image, ImageOps

from netkit.annotations import read_annotated
from netkit.annotations.pictures import turned
from netkit.errors import NetkitError


def of_yolo(folder, text, names="cat\ndog\n", **more):
    yolo(folder, "a", text=text, **more)
    yolo(folder, "b", text=line(0))
    write(folder / "classes.txt", names)


def said(folder, **more):
    return "\n".join(read_annotated(folder, **more).notes)


def rows(folder):
    return {row.path.name: row for part in read_annotated(folder).parts.values() for row in part}


@pytest.mark.parametrize(
    ("text", "names", "wrong"),
    [
        ("2 .5 .5 .1 .1", "cat\ndog\n", r"a\.txt: class 2 is none of the 2 in .*classes\.txt"),
        ("-1 .5 .5 .1 .1", "cat\n", "class -1 is none"),
        ("1e9 .5 .5 .1 .1", "cat\n", "class 1e9 is none"),
        ("0.5 .5 .5 .1 .1", "cat\n", r"a\.txt, line 1: .*class 0\.5 is no whole number"),
        ("cat .5 .5 .1 .1", "cat\n", r"a\.txt, line 1: is no whole annotation file"),
        ("0 nan .5 .1 .1", "cat\n", "needs finite numbers"),
        ("0 .5 .5 inf .1", "cat\n", "are no shares|finite"),
        ("0 .5 .5 -.1 .1", "cat\n", "the upper left corner first"),
        ("0 320 240 50 50", "cat\n", "are no shares of the sides, 0 to 1: are they pixels"),
        ("\n0 .5 .5", "cat\n", "line 2: .*2 numbers behind the class, and a box has 4"),
    ],
)
def test_lines_of_yolo_that_are_refused(tmp_path, text, names, wrong):
    of_yolo(tmp_path, text, names)
    with pytest.raises(NetkitError, match=wrong) as caught:
        read_annotated(tmp_path)
    assert "\n" not in str(caught.value)


def test_ends_of_lines_marks_and_confidences(tmp_path):
    text = "\ufeff" + (line(0) + "\n").replace("\n", "\r\n") + line(1).strip() + " 0.75\r\n"
    of_yolo(tmp_path, text, "\ufeffcat\r\ndog\r\n\r\n")
    found = read_annotated(tmp_path)
    assert found.classes == ["cat", "dog"]
    assert read_annotated(tmp_path, share=0).notes == []
    assert rows(tmp_path)["a.png"].labels.tolist() == [0, 1]


def test_polygons_and_keypoints(tmp_path):
    of_yolo(tmp_path, "0 .2 .2 .6 .2 .6 .7 .2 .7\n1 .1 .1 .5 .2 .3 .6\n")
    row = rows(tmp_path)["a.png"]
    np.testing.assert_allclose(row.boxes, [[6, 4, 18, 14], [3, 2, 15, 12]])
    assert "2 polygons taken as the box around it: the first is" in said(tmp_path)
    write(tmp_path / "a.txt", line().strip() + " .5 .5 2 .6 .6 1 .1 .1 0\n")
    np.testing.assert_allclose(rows(tmp_path)["a.png"].boxes, [BOX])
    assert "1 box with keypoints, which are left out" in said(tmp_path)
    write(tmp_path / "a.txt", line().strip() + " .5 .5 .6 .6\n")
    write(tmp_path / "data.yaml", "kpt_shape: [2, 2]\nnames: [cat, dog]\n")
    np.testing.assert_allclose(rows(tmp_path)["a.png"].boxes, [BOX])


def test_boxes_are_clipped_left_out_and_taken_once(tmp_path):
    boxes = [BOX, BOX, (-5, 2, 10, 10), (40, 2, 50, 10), (3, 3, 3, 9), (-0.5, 0, 5, 5)]
    coco(tmp_path / "boxes.json", tmp_path, ["a.png"], boxes=boxes)
    found = read_annotated(tmp_path)
    expected = [BOX, (0, 2, 10, 10), (0, 0, 5, 5)]
    np.testing.assert_allclose(found.parts["train"][0].boxes, expected)
    place = tmp_path / "a.png"
    assert found.notes == [
        f"1 box partly outside of the picture, clipped: {place}",
        f"1 box wholly outside of the picture, left out: {place}",
        f"1 box of no area, left out: {place}",
        f"1 box there twice, taken once: {place}",
        "without a box: class cat",
    ]


def test_a_box_of_pascal_voc_between_equal_numbers_has_no_area(tmp_path):
    voc(tmp_path, "a", names=("cat",), box=(5, 5, 6, 9))
    voc(tmp_path, "b", names=("cat",))
    assert "1 box of no area, left out" in said(tmp_path)


def test_pictures_that_are_not_there_or_not_annotated(tmp_path):
    voc(tmp_path, "abc", names=("cat",))
    (tmp_path / "a.png").unlink()
    (tmp_path / "b.xml").unlink()
    found = read_annotated(tmp_path)
    assert f"1 annotated picture not there, left out: {tmp_path / 'a.png'}" in found.notes
    assert any("1 picture without annotation, taken for one without" in n for n in found.notes)
    assert len(rows(tmp_path)["b.png"].boxes) == 0
    (tmp_path / "b.png").unlink()
    (tmp_path / "c.png").unlink()
    with pytest.raises(NetkitError, match=r"none of its annotated pictures .*2 .*not there"):
        read_annotated(tmp_path)


def test_labels_of_pictures_that_are_not_there(tmp_path):
    ultralytics(tmp_path)
    write(tmp_path / "labels" / "train" / "gone.txt", line())
    picture(tmp_path / "images" / "train" / "plain.png")
    (tmp_path / "images" / "train" / "torn.png").write_bytes(b"\x89PNG\r\n\x1a\n torn")
    text = said(tmp_path)
    assert "1 annotated picture not there, left out" in text
    assert "gone.txt" in text
    assert "1 picture left out, cannot be read" in text
    assert "2 pictures without annotation" in text
    assert set(rows(tmp_path)) == {"a.png", "b.png", "plain.png"}


def test_coco_that_is_odd(tmp_path):
    document = coco(tmp_path / "a.json", tmp_path, ["a.png", "b.png"])
    one = document["annotations"][0]
    crowd = {"counts": [3, 5], "size": [20, 30]}
    document["annotations"] += [
        one | {"iscrowd": 1, "segmentation": crowd},
        one | {"image_id": 99},
        {"image_id": 1, "category_id": 3, "segmentation": [[1, 2, 5, 2, 5, 9], [4, 4, 8, 4, 8, 5]]},
        one | {"segmentation": crowd, "bbox": [0, 0, 3, 3]},
    ]
    write(tmp_path / "a.json", json.dumps(document))
    picture(tmp_path / "sub" / "c.png")
    text = said(tmp_path)
    assert "1 box of a crowd (iscrowd), neither learnt nor counted" in text
    assert "1 box of no picture of the file, left out: image_id 99" in text
    assert [1, 2, 8, 9] in rows(tmp_path)["b.png"].boxes.tolist()
    assert [0, 0, 3, 3] in rows(tmp_path)["a.png"].boxes.tolist()


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"category_id": 5}, "category_id 5, which is none of its 2 categories"),
        ({"category_id": None}, "category_id None"),
        ({"category_id": [1]}, "is no whole annotation file of its kind .TypeError"),
        ({"bbox": [1, 2, 3]}, "is not x, y, width, height"),
        ({"bbox": None}, "KeyError: 'bbox'"),
        ({"bbox": [1, 2, float("nan"), 4]}, "needs finite numbers"),
        ({"bbox": [9, 9, -3, 4]}, "upper left corner first"),
    ],
)
def test_coco_that_is_refused(tmp_path, change, wrong):
    coco(tmp_path / "a.json", tmp_path, ["a.png"], **change)
    with pytest.raises(NetkitError, match=wrong) as caught:
        read_annotated(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("images", "wrong"),
    [
        ([{"id": 0, "file_name": "../../etc/x"}], "leads out of"),
        ([{"id": 0, "file_name": "/etc/passwd"}], "leads out of"),
        ([{"id": 0, "file_name": "a.png"}, {"id": 0, "file_name": "b.png"}], "have one id"),
        ([{"id": 0}], "KeyError: 'file_name'"),
        ([{"id": 0, "file_name": 3}], "file_name 3 is no text"),
        ([3], "is no whole annotation file"),
    ],
)
def test_images_of_coco_that_are_refused(tmp_path, images, wrong):
    coco(tmp_path / "a.json", tmp_path, ["a.png"], images=images)
    with pytest.raises(NetkitError, match=wrong):
        read_annotated(tmp_path)


def test_no_box_and_one_image(tmp_path):
    of_yolo(tmp_path, "")
    write(tmp_path / "b.txt", "")
    with pytest.raises(NetkitError, match="no box on any of its 2 pictures"):
        read_annotated(tmp_path)
    (tmp_path / "b.png").unlink()
    write(tmp_path / "a.txt", line())
    found = read_annotated(tmp_path)
    assert (len(found.parts["train"]), len(found.parts["val"])) == (1, 0)


def test_one_name_in_two_folders_and_pictures_of_all_sizes(tmp_path):
    sizes = {"x": (3, 2), "y": (900, 20), "z": (20, 900)}
    for name, size in sizes.items():
        picture(tmp_path / name / "a.png", size=(max(size[0], 32), max(size[1], 2)))
        write(tmp_path / name / "a.txt", "0 .5 .5 1 1\n")
    write(tmp_path / "classes.txt", "cat\n")
    found = read_annotated(tmp_path, share=0).parts["train"]
    assert [row.path.parent.name for row in found] == ["x", "y", "z"]
    for row in found:
        assert row.boxes.tolist() == [[0, 0, *row.size]]


def test_classes_that_training_lacks_and_pictures_in_both_parts(tmp_path):
    ultralytics(tmp_path)
    write(tmp_path / "labels" / "val" / "b.txt", line(0))
    same = (tmp_path / "images" / "train" / "a.png").read_bytes()
    (tmp_path / "images" / "val" / "c.png").write_bytes(same)
    text = said(tmp_path)
    assert "in val and not in train: class cat" in text
    assert "1 picture to test on, trained on as well, byte for byte" in text
    assert "c.png is" in text


def test_classes_without_names_and_of_one_name(tmp_path):
    yolo(tmp_path / "images", "ab", tmp_path / "labels")
    assert read_annotated(tmp_path).classes == ["0", "1"]
    assert "2 classes without a name (data.yaml, classes.txt), called by number" in said(tmp_path)
    write(tmp_path / "data.yaml", "names: [dog, dog]\n")
    found = read_annotated(tmp_path)
    assert found.classes == ["dog"]
    assert found.parts["train"][0].labels.tolist() == [0]
    assert "1 class named twice, taken for one: dog in" in found.notes[0]


def test_pictures_in_no_list(tmp_path):
    pascal_voc(tmp_path)
    voc(tmp_path / "Annotations", "c", "../JPEGImages")
    assert "1 picture in no part, left out" in said(tmp_path)


@pytest.mark.parametrize("held", range(1, 9))
@pytest.mark.parametrize("as_stored", [False, True])
def test_pictures_that_a_camera_turned(tmp_path, held, as_stored):
    """Boxes are of the picture as shown; as stored, if the sizes of the annotation say so."""
    pixels = np.zeros((20, 30), np.uint8)
    pixels[4:14, 6:18] = 255
    exif = Image.Exif()
    exif[0x0112] = held
    Image.fromarray(pixels).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as file:
        shown = np.asarray(ImageOps.exif_transpose(file))
    ys, xs = np.nonzero(shown)
    expected = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    on_side = held > 4
    (w, h), box = ((30, 20), BOX) if as_stored else (shown.shape[::-1], expected)
    images = [{"id": 0, "file_name": "a.png", "width": w, "height": h}]
    x0, y0, x1, y1 = map(float, box)
    row = {"image_id": 0, "category_id": 1, "bbox": [x0, y0, x1 - x0, y1 - y0]}
    document = {"images": images, "annotations": [row], "categories": [{"id": 1, "name": "a"}]}
    write(tmp_path / "a.json", json.dumps(document))
    found = read_annotated(tmp_path)
    assert found.parts["train"][0].size == shown.shape[::-1]
    if on_side or not as_stored:
        assert found.parts["train"][0].boxes.tolist() == [expected]
    if held == 1:
        assert found.notes == []
    else:
        assert "1 picture turned upright as EXIF says" in found.notes[0]


def test_a_box_is_turned_as_its_corners_are():
    for held in (5, 6, 7, 8):
        pixels = np.zeros((20, 30), np.uint8)
        pixels[4:5, 6:9] = 1
        how = {5: "TRANSPOSE", 6: "ROTATE_270", 7: "TRANSVERSE", 8: "ROTATE_90"}[held]
        ys, xs = np.nonzero(Image.fromarray(pixels).transpose(getattr(Image.Transpose, how)))
        box = turned(np.array([[6.0, 4, 9, 5]]), SIZE, held)[0]
        assert box.tolist() == [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]


@pytest.mark.parametrize("mode", ["I;16", "CMYK", "1", "P", "LA", "RGBA"])
def test_pictures_of_every_kind(tmp_path, mode):
    ending = "tif" if mode in ("I;16", "CMYK", "LA") else "png"
    Image.new(mode, SIZE).save(tmp_path / f"a.{ending}")
    write(tmp_path / "a.txt", line())
    write(tmp_path / "classes.txt", "cat\ndog\n")
    np.testing.assert_allclose(rows(tmp_path)[f"a.{ending}"].boxes, [BOX])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_entities(tmp_path, encoding):
    text = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>'
    (tmp_path / "a.xml").write_bytes(text.encode(encoding))
    with pytest.raises(NetkitError, match=r"a\.xml: has a DOCTYPE"):
        read_annotated(tmp_path)


def test_xml_names_the_wrong_file(tmp_path):
    voc(tmp_path, "ab", names=("cat",), filename="IMG_1.jpg")
    assert set(rows(tmp_path)) == {"a.png", "b.png"}
    voc(tmp_path, "c")
    write(tmp_path / "c.xml", "<annotation><object><name>x</name></object></annotation>")
    with pytest.raises(NetkitError, match=r"c\.xml: is no whole annotation .*bndbox/xmin"):
        read_annotated(tmp_path)

"""Measure: the numbers against a plain loop; answers ranked; a picture of what is wrong."""

import csv
import json

import numpy as np
import pytest

from netkit.classification.answers import scores_of
from netkit.classification.batches import Batch
from netkit.classification.classifier import Classifier
from netkit.classification.fitting import Fitting
from netkit.classification.items import UNKNOWN
from netkit.classification.measure import WORST, Measure
from netkit.classification.reports import write_reports
from netkit.commands.measured import measured
from netkit.net import Net

CLASSES = ["ant", "bee", "cow", "dog", "elk"]


def classifier_of(registry, energy, classes, shape=(1, 3, 3), top=1):
    ops = registry.make("backend", {"type": "numpy", "threads": 2})
    energy = registry.make("energy", energy)
    layers = registry.layers(
        {"f": {"type": "linear", "out": "noutputs"}}, energy.outputs(len(classes))
    )
    net = Net(layers, shape, ops, seed=1)
    bound = energy.bind(ops, net, len(classes))
    return Classifier(net, bound, classes, fitting=Fitting(shape), top=top)


def batch_of(n, truth, seed=0):
    images = np.random.default_rng(seed).normal(0, 2, (n, 1, 3, 3))
    return Batch([f"{k}.png" for k in range(n)], images, np.array(truth, np.int64), [])


def by_hand(labels, answers):
    """Yield precision, recall and F1 of each class, None where they are of nothing."""
    for k in range(len(CLASSES)):
        right = sum(a == b == k for a, b in zip(labels, answers, strict=True))
        said, there = sum(a == k for a in answers), sum(b == k for b in labels)
        precision = right / said if said else None
        recall = right / there if there else None
        both = precision is not None and recall is not None and precision + recall > 0
        f1 = 2 * precision * recall / (precision + recall) if both else None
        yield precision, recall, f1 if f1 is not None or not said + there else 0.0


def test_numbers_against_a_loop(registry):
    classifier = classifier_of(registry, {"type": "cross_entropy"}, CLASSES, top=2)
    rng, n = np.random.default_rng(1), 200
    truth = rng.integers(0, 4, n)  # no elk is there
    truth[::7] = UNKNOWN
    measure, rows = Measure(CLASSES, top=2), []
    for at in range(0, n, 64):
        batch = batch_of(len(truth[at : at + 64]), truth[at : at + 64], seed=at)
        answered = classifier.answer(batch)
        measure.add(answered)
        outputs = (
            batch.images.reshape(-1, 9).astype(np.float32)
            @ (classifier.net.weights["f.W"].reshape(5, 9).T)
            + classifier.net.weights["f.bias" if "f.bias" in classifier.net.weights else "f.b"]
        )
        exp = np.exp(outputs - outputs.max(1, keepdims=True))
        shares = exp / exp.sum(1, keepdims=True)
        assert np.allclose(answered.scores.confidences, shares, atol=1e-5)
        for k, (label, row) in enumerate(zip(batch.truth, shares, strict=True)):
            if label != UNKNOWN:
                rows.append((label, int(row.argmax()), -np.log(row[label]), row))
                assert answered.energies[k] == pytest.approx(rows[-1][2], rel=1e-4)
            else:
                assert np.isnan(answered.energies[k])
    labels, answers, energies, shares = (list(column) for column in zip(*rows, strict=True))
    s = measure.summary()
    assert (s["images"], s["right"]) == (len(rows), sum(np.equal(labels, answers)))
    assert s["accuracy"] == pytest.approx(np.mean(np.equal(labels, answers)))
    assert s["energy"] == pytest.approx(np.mean(energies), rel=1e-4)
    among = [label in np.argsort(-row)[:2] for label, row in zip(labels, shares, strict=True)]
    assert s["among_top_2"] == pytest.approx(np.mean(among))
    assert s["largest_class"] == pytest.approx(np.bincount(labels).max() / len(labels))
    recalls, f1s = [], []
    for name, (precision, recall, f1) in zip(CLASSES, by_hand(labels, answers), strict=True):
        row = s["classes"][name]
        assert row["precision"] == pytest.approx(precision)
        assert row["recall"] == pytest.approx(recall)
        assert row["f1"] == pytest.approx(f1)
        if recall is not None:
            recalls.append(recall)
            f1s.append(f1)
    assert s["classes"]["elk"]["recall"] is None
    assert s["balanced_accuracy"] == pytest.approx(np.mean(recalls))
    assert s["macro_f1"] == pytest.approx(np.mean(f1s))
    triples = zip(labels, answers, energies, strict=True)
    wrong = sorted((e for a, b, e in triples if a != b), reverse=True)
    assert [m.energy for m in measure.worst] == pytest.approx(wrong[:WORST], rel=1e-4)


ENERGIES = [
    ({"type": "cross_entropy"}, 4),
    ({"type": "l2"}, 4),
    ({"type": "l2", "binary_target": True}, 2),
    ({"type": "margin"}, 3),
]


@pytest.mark.parametrize(("energy", "classes"), ENERGIES, ids=lambda v: str(v))
def test_the_answer_comes_first_then_the_likeliest(registry, energy, classes):
    """Also where confidences end at 1 and are equal: the outputs tell them apart."""
    names = CLASSES[:classes]
    classifier = classifier_of(registry, energy, names, top=classes)
    y = np.random.default_rng(0).normal(0, 3, (classifier.net.shapes[-1][0], 1, 1, 50))
    scores = scores_of(classifier.energy, y, classes)
    full = np.concatenate([y, -y]) if len(y) == 1 else y
    expected = np.argsort(-full[:, 0, 0].T, axis=1, kind="stable")
    assert np.array_equal(scores.order, expected)
    assert np.array_equal(scores.labels, expected[:, 0])
    for answer, row in zip(scores.answers(names, 9), scores.confidences, strict=True):
        assert [c for _, c in answer.top] == sorted(row, reverse=True)
        assert len(answer.top) == classes


def test_reports(registry, tmp_path):
    classifier = classifier_of(registry, {"type": "l2"}, CLASSES)
    truth = np.arange(100) % 5
    measure = Measure(CLASSES)
    measure.add(classifier.answer(batch_of(100, truth)))
    assert set(write_reports(measure, tmp_path)) == {path.name for path in tmp_path.iterdir()}
    written = json.loads((tmp_path / "evaluation.json").read_text())
    assert written["confusion"] == measure.counts.tolist()
    assert [m["name"] for m in written["worst"]] == [m.name for m in measure.worst]
    rows = list(csv.reader((tmp_path / "confusion.csv").read_text().splitlines()))
    assert rows[0] == ["truth", *CLASSES]
    assert [list(map(int, row[1:])) for row in rows[1:]] == measure.counts.tolist()
    text = measured(measure)
    assert f"{100 * written['accuracy']:.2f} % right" in text
    assert all(m.name in text for m in measure.worst[:10])
    assert "truth \\ answer" in text


def test_many_classes_list_what_is_confused():
    names = [f"a long name of class {k}" for k in range(40)]
    measure = Measure(names)
    measure.counts[3, 7] = 5
    measure.counts[np.arange(40), np.arange(40)] = 2
    text = measured(measure)
    assert "5 of 7 a long name of class 3 answered a long name of class 7" in text
    assert max(map(len, text.splitlines())) < 120


def test_nothing_wrong_shows_no_confusion(tmp_path):
    measure = Measure(["a", "b"])
    measure.counts[...] = [[3, 0], [0, 4]]
    text = measured(measure)
    assert "100.00 % right, 0 wrong" in text
    assert "truth" not in text
    assert "errors.png" not in write_reports(measure, tmp_path)

"""What is said at the end of a run whose net answers one class for all."""

import numpy as np

from netkit.dataset import Samples
from netkit.training import validation
from netkit.training.one_class import FEW, one_class_line

CLASSES = ["cat", "dog", "elk"]


def line(labels, answers):
    labels = np.array(labels)
    samples = Samples(np.zeros((len(labels), 1, 2, 2)), labels)
    tested = validation.Tested(samples, np.zeros(len(labels)), np.array(answers))
    return one_class_line(tested, CLASSES)


def test_the_largest_class():
    text = line([0] * 12 + [1] * 5, [0] * 17)
    assert text.startswith(
        "all 17 validation samples are answered cat, the largest class, 70.59 %: "
    )
    assert "\n" not in text
    other = line([0] * 12 + [1] * 5, [1] * 17)
    assert other.startswith("all 17 validation samples are answered dog, 29.41 %: ")
    assert "elk, 0.00 %" in line([0] * 12 + [1] * 5, [2] * 17)


def test_nothing_to_say():
    assert one_class_line(None, CLASSES) == ""
    assert line([0] * 12 + [1] * 5, [0] * 16 + [1]) == ""
    assert line([0] * 17, [0] * 17) == "", "there is one class alone"
    assert line([0, 1], [0, 0]) == "", f"fewer than {FEW} may be chance"
    assert line([], []) == ""


def test_a_run_ends_with_the_line(cli, tmp_path):
    """Images that are all alike can get one answer alone; the exit code stays 0."""
    labels = np.array([1] * 12 + [0] * 5)
    np.savez(tmp_path / "a.npz", images=np.zeros((17, 8, 8), np.uint8), labels=labels)
    words = "data=files", "train=a.npz", "val=a.npz", "arch=linear", "report=false"
    done = cli("train", *words, "train_classes=[dog,cat]", "iterations=10", "batch_size=2")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("netkit: all 17 validation samples are answered cat, the largest class")

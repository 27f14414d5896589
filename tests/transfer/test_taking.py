"""What a net takes of a file: layers that fit, rows by the names of classes, and what is said."""

import numpy as np
import pytest

from netkit.build.parts import make_backend, make_net
from netkit.build.transfer import class_rows
from netkit.config.compose import compose
from netkit.errors import NetkitError
from netkit.transfer.taking import Taking

SHAPE = (1, 28, 28)


def net_of(registry, classes, *words, shape=SHAPE, seed=0):
    """Return a net, and its arrays with a row for each class."""
    cfg = compose("train", ["backend=numpy", "energy=cross_entropy", f"seed={seed}", *words])
    ops = make_backend(registry, cfg)
    net = make_net(registry, cfg, shape, classes=classes, ops=ops)
    return net, class_rows(registry, cfg, net, classes=classes)


def arrays(net):
    return {name: np.array(a) for name, a in {**net.weights, **net.states}.items()}


def taken(net, rows, theirs, classes, their_classes):
    taking = Taking(net, theirs, classes=classes, their_classes=their_classes, rows=rows)
    taking.apply()
    return taking


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        (["arch=lenet5"], {"f7.W": 0, "f7.b": 0}),
        (["arch=lenet5_eblearn"], {"linear7.W": 0, "addc7.b": 0}),
        (["arch=resnet"], {"f4.W": 0, "f4.b": 0}),
        (["arch=lenet5", "arch.layers.f7.out=10"], {}),
    ],
)
def test_rows_of_classes(registry, words, answers):
    """Those that grow with the classes, also of a layer whose bias is a layer of its own."""
    assert net_of(registry, 10, *words)[1] == answers


def test_one_output_for_two_classes_has_no_rows(registry):
    assert net_of(registry, 2, "energy=l2", "energy.binary_target=true")[1] == {}
    assert net_of(registry, 2, "energy=l2")[1] == {"f7.W": 0, "f7.b": 0}


def test_all_of_it(registry):
    source, _ = net_of(registry, 3, seed=1)
    net, rows = net_of(registry, 3)
    taking = taken(net, rows, arrays(source), "abc", "abc")
    assert taking.complete
    assert taking.line("RUN") == "RUN: all of it is taken"
    for name, array in arrays(source).items():
        np.testing.assert_array_equal(array, net.weights[name])


def test_classes_in_another_order_are_taken_by_name(registry):
    source, _ = net_of(registry, 3, seed=1)
    net, rows = net_of(registry, 3)
    taking = taken(net, rows, arrays(source), "cab", "abc")
    assert taking.complete
    np.testing.assert_array_equal(net.weights["f7.W"], source.weights["f7.W"][[2, 0, 1]])
    np.testing.assert_array_equal(net.weights["f7.b"], source.weights["f7.b"][[2, 0, 1]])
    np.testing.assert_array_equal(net.weights["c5.W"], source.weights["c5.W"])


def test_more_classes_keep_the_rows_that_agree(registry):
    """Digits in digits and letters: what is not in the file stays as it was drawn."""
    source, _ = net_of(registry, 3, seed=1)
    net, rows = net_of(registry, 5)
    fresh = arrays(net)
    taking = taken(net, rows, arrays(source), "xbycz", "abc")
    assert not taking.complete
    assert (taking.parts, taking.new) == (["f7"], {})
    assert "of f7 the rows of 2 of 5 classes (b, c)" in taking.line("RUN")
    np.testing.assert_array_equal(net.weights["f7.W"][[1, 3]], source.weights["f7.W"][[1, 2]])
    np.testing.assert_array_equal(net.weights["f7.W"][[0, 2, 4]], fresh["f7.W"][[0, 2, 4]])


@pytest.mark.parametrize("theirs", ["abc", "abcde"])
def test_other_classes_start_new(registry, theirs):
    """Also if they are as many: the row of a digit means nothing for a letter."""
    source, _ = net_of(registry, len(theirs), seed=1)
    net, rows = net_of(registry, 3)
    fresh = arrays(net)
    taking = taken(net, rows, arrays(source), "xyz", theirs)
    assert taking.new == {"f7": "it answers other classes"}
    assert taking.line("RUN") == (
        "RUN: takes c0, s1, c2, s3, c5; f7 starts new (it answers other classes)"
    )
    np.testing.assert_array_equal(net.weights["f7.W"], fresh["f7.W"])
    np.testing.assert_array_equal(net.weights["c0.W"], source.weights["c0.W"])


def test_files_without_names_of_classes_are_taken_by_shape(registry):
    source, _ = net_of(registry, 3, seed=1)
    net, rows = net_of(registry, 3)
    assert taken(net, rows, arrays(source), "xyz", ()).complete


def test_other_channels(registry):
    """The first layer alone starts new; running statistics come with their layer."""
    source, _ = net_of(registry, 3, "arch=resnet", seed=1)
    source.states["norm0.mean"][...] = 7
    source.states["r2.norm1.variance"][...] = 5
    net, rows = net_of(registry, 3, "arch=resnet", shape=(3, 28, 28))
    taking = taken(net, rows, arrays(source), "abc", "abc")
    assert taking.new == {"c0": "c0.W is 16x9 in the file and 16x27 here"}
    assert (net.states["norm0.mean"] == 7).all()
    assert (net.states["r2.norm1.variance"] == 5).all()
    np.testing.assert_array_equal(net.weights["r1.c0.W"], source.weights["r1.c0.W"])


def test_a_layer_is_taken_whole_or_not(registry):
    """A bias that fits does not come without its kernels, nor a layer without all its arrays."""
    source, _ = net_of(registry, 3, seed=1)
    net, rows = net_of(registry, 3, "arch.layers.c0.kernel=7", "arch.layers.c5.kernel=4")
    taking = taken(net, rows, arrays(source), "abc", "abc")
    assert set(taking.new) == {"c0", "c5"}
    assert (net.weights["c0.b"] == 0).all()
    net, rows = net_of(registry, 3, "+arch.layers.c0.bias=false")
    assert taken(net, rows, arrays(source), "abc", "abc").new == {
        "c0": "c0.b is 6 in the file and missing here"
    }


def test_nothing_fits(registry):
    source, _ = net_of(registry, 3, seed=1)
    net, rows = net_of(registry, 3, "arch=mlp")
    fresh = arrays(net)
    taking = Taking(net, arrays(source), classes="abc", their_classes="abc", rows=rows)
    with pytest.raises(NetkitError, match=r"weights RUN: nothing in it fits .*f0: not in the file"):
        taking.check("RUN", "lenet5")
    for name, array in fresh.items():
        np.testing.assert_array_equal(array, net.weights[name])


FINDER = "arch=finder", "energy=boxes"
COLOUR = 3, 64, 64


def test_a_net_of_boxes_keeps_its_boxes_for_other_classes(registry):
    source, _ = net_of(registry, 2, *FINDER, shape=COLOUR, seed=1)
    net, rows = net_of(registry, 3, *FINDER, shape=COLOUR)
    fresh = arrays(net)
    assert rows == {"f6.W": 0, "f6.b": 0}
    taking = taken(net, rows, arrays(source), ["car", "van", "bus"], ["bus", "dog"])
    assert taking.line("RUN").endswith("of f6 the rows of 1 of 3 classes (bus) and of boxes")
    theirs = source.weights["f6.W"]
    np.testing.assert_array_equal(net.weights["f6.W"][:2], fresh["f6.W"][:2])
    np.testing.assert_array_equal(net.weights["f6.W"][2:], theirs[[0, 2, 3, 4, 5]])


def test_a_net_of_boxes_for_no_class_that_is_known(registry):
    source, _ = net_of(registry, 2, *FINDER, shape=COLOUR, seed=1)
    net, rows = net_of(registry, 3, *FINDER, shape=COLOUR)
    taking = taken(net, rows, arrays(source), ["car", "van", "bus"], ["cat", "dog"])
    assert taking.line("RUN").endswith("of f6 the rows of 0 of 3 classes and of boxes")
    assert not taking.complete
    np.testing.assert_array_equal(net.weights["f6.W"][3:], source.weights["f6.W"][2:])


def test_a_long_line_is_cut(registry):
    net, rows = net_of(registry, 40)
    source, _ = net_of(registry, 39)
    many = [f"class{k}" for k in range(40)]
    line = taken(net, rows, arrays(source), many, many[:39]).line("RUN")
    assert line.endswith("class10, class11, 27 more)")

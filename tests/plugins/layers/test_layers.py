"""One table over every layer of netkit's: gradients, types, shapes, backends, boxes."""

import pytest
from cases import CASES, NAMES
from layer_checks import check_backends_agree, check_box, make

from netkit.testing import check_layer


def test_table_is_complete(registry):
    """Every layer that netkit brings has a row; another plugin's are its own tests' business."""
    ours = {name for name, offers in registry.found["layer"].items() if "netkit" in offers}
    assert {case[0] for case in CASES} == ours


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_layer(registry, kind, arguments, shape):
    check_layer(lambda: make(registry, kind, arguments), shape)


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_backends_agree(registry, backend, kind, arguments, shape):
    check_backends_agree(registry, backend, kind, arguments, shape)


@pytest.mark.parametrize(("kind", "arguments", "shape"), CASES, ids=NAMES)
def test_box_covers_what_a_cell_sees(registry, kind, arguments, shape):
    check_box(registry, kind, arguments, shape)

"""What the names of EBLearn's connection tables say."""

import numpy as np
import pytest

from netkit.eblearn.table_files import LECUN, named
from netkit.plugins.layers.tables import pairs, read_table

NAMES = [  # name, inputs, outputs, connections
    ("table_6_16_connect_60", 6, 16, 60),
    ("table_3_16_connect_32_fanin_density_0.67_yuv_y8_u0_v0_yuv16_uv0", 3, 16, 32),
    ("table_3_32_connect_32_fanin_0_density_0.33_yuv0_y24_u28_v32", 3, 32, 32),
    ("table_2_6_connect_6_fanin_0_density_0.5_uv0_u3_v6", 2, 6, 6),
    ("table_2_9_connect_12_fanin_density_0.67_stereo_l3_r6_lr9", 2, 9, 12),
    ("table_16_512_connect_1792_fanin_2_3_4_5_density_0.22_random", 16, 512, 1792),
    ("table_32_64_connect_1664_fanin_26_density_0.81_random", 32, 64, 1664),
    ("table_6_16_connect_96_fanin_6_density_1_full", 6, 16, 96),
    ("table_6_16_connect_96", 6, 16, 96),
    ("table_5_5_connect_5_fanin_1_density_0.2_one2one", 5, 5, 5),
]


@pytest.mark.parametrize(("name", "inputs", "outputs", "count"), NAMES)
def test_names(name, inputs, outputs, count):
    outs, ins = pairs(named(f"some/where/{name}.mat"), inputs, outputs)
    assert len(outs) == count
    assert len(set(zip(outs, ins, strict=True))) == count
    assert outs == sorted(outs)  # the order of EBLearn's kernels


def test_lecuns_table_is_eblearns(shared):
    assert read_table(shared / "oracles" / "eblearn" / "table_6_16_connect_60.mat") == LECUN


def test_runs_of_channels():
    table = named("table_3_16_connect_32_fanin_density_0.67_yuv_y8_u0_v0_yuv16_uv0.mat")
    assert table == [[0]] * 8 + [[0, 1, 2]] * 8
    assert named("table_3_5_connect_8_yuv_y1_u2_v3_yuv4_uv5") == [[0], [1], [2], [0, 1, 2], [1, 2]]


def test_fan_ins_have_equal_shares():
    outs, _ = pairs(named(NAMES[5][0]), 16, 512)
    assert np.bincount(np.bincount(outs)).tolist() == [0, 0, 128, 128, 128, 128]


@pytest.mark.parametrize(
    "name",
    [
        "table.mat",
        "table_8_24_connect_96.mat",  # nothing says which 4 of 8
        "table_6_16_connect_61.mat",
        "table_3_16_connect_33_fanin_density_0.67_yuv_y8_u0_v0_yuv16_uv0.mat",
        "table_2_16_connect_32_fanin_density_0.67_yuv_y8_u0_v0_yuv16_uv0.mat",
        "table_3_2_connect_2_ycc_y1_c2.mat",
        "table_3_2_connect_2_yuv_y1_w2.mat",
        "table_999999_999999_connect_9999999_full.mat",
        "table_6_16_connect_60_random.mat",
    ],
)
def test_names_that_say_nothing(name):
    assert named(name) is None

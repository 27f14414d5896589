"""docs/eblearn.md names every module, energy and answer that EBLearn's configuration
understands.
"""

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "eblearn.md"
TEXT = """
abs addc avg_pyramid back cnorm concat conv convl copy diag dnorm dropout flat interlace jitter
l1penalty l1pool l2pool l4pool l6pool l8pool l10pool l12pool l14pool l16pool l32pool l64pool linear
linear_replicable lppool lpyramid lshrink maxss merge mflat mirrorpad ms msc mschan narrow printer
relu resize resizepp rgb_to_rgb rgb_to_y rgb_to_yuv rgb_to_yn rgb_to_ynuv rgb_to_yuvn rgb_to_ynuvn
rgb_to_yp rgb_to_ypuv rgb_to_yuvp rgb_to_ypuvp rgb_to_ypupvp y_to_y y_to_yn y_to_yp snorm sshrink
stdsig subs subsl table tanh tshrink wavgpool wstd zpad l2_energy cross_entropy_energy scaler_energy
scalerclass_energy class_answer regression_answer scaler_answer scalerclass_answer vote_answer
"""
NAMES = TEXT.split()


def rows():
    """Return {EBLearn's name: (what it is here, the remark)} of the section's table."""
    section = PAGE.read_text(encoding="utf-8").split("## arch: modules")[1].split("\n## ")[0]
    cells = [
        re.split(r"(?<!\\)\|", line)[1:-1]
        for line in section.splitlines()
        if line.startswith("| `")
    ]
    return {name.strip().strip("`"): (here.strip(), remark.strip()) for name, here, remark in cells}


def test_every_name_has_one_row():
    assert sorted(rows()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_row_names_is_there(registry, name):
    here, remark = rows()[name]
    assert remark
    if here != "left out":
        named = re.findall(r"`([^`]+)`", here)
        assert named
        assert set(named) <= {*registry.found["layer"], *registry.found["energy"]}


def test_all_of_the_plugins_layers_are_named(registry):
    """Those that have no row of their own are the same as one that has: n is p."""
    layers = registry.found["layer"]
    ours = {name for name in layers if "eblearn" in layers[name]}
    assert {re.sub(r"(?<=_to_)\w+", lambda to: to[0].replace("n", "p"), name) for name in ours} <= {
        *NAMES,
        "rgb_to_rgbp",
    }

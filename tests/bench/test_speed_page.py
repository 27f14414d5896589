"""The tables of docs/speed.md, from what benchmarks/speed.py measured."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "benchmarks"))

from speed_page import write_page  # noqa: E402

PAGE = (ROOT / "docs" / "speed.md").read_text()


def row(work, what, unit="samples/s", **medians):
    return {"work": work, "what": what, "unit": unit, "medians": medians}


RESULTS = {
    **{"machine": "a processor", "peers": {"torch": "9.9"}, "netkit": "1.2", "threads": 2},
    "backend": "native",
    "roofline": 123.4,
    "agreement": {"lenet5 torch": [1e-7, 2e-5], "lenet5 onnxruntime": [3e-7]},
    "rows": [
        row("lenet5", "train 1", netkit=12345.6, torch=1000)
        | {"best": "torch", "ratio": 12.3456, "least": 11.1, "most": 13.2, "roofline": 0.5},
        row("demo", "whole job", "s", netkit=1.5),
        row("archs", "mlp 16", netkit=5000),
        row("archs", "mlp 64", netkit=9000),
        row("job", "train 16", netkit=70, stripped=80),
    ],
    "colour": [],
    "start": {"netkit --help": [0.3, 0.1, 0.2]},
}


def test_what_was_measured_is_written_and_nothing_else():
    page = write_page(PAGE, RESULTS)
    assert "| lenet5 | train 1 | 12,346 | 1,000 | torch | **12.35** | 11.10..13.20 | 50% |" in page
    assert "| demo | whole job | 1.5 s |  |  |  |  |  |" in page
    assert "| arch=mlp | 5,000 | 9,000 |" in page
    assert "| README's job | 70 |  |" in page
    assert "| `netkit --help` | 0.20 |" in page
    assert "On a processor, 2 threads each" in page
    assert "netkit 1.2, native; torch 9.9." in page
    assert "by at most 1e-07 of the largest, weights after 100 steps by 2e-05" in page
    kept = "<!-- speed colour -->"
    assert page.split(kept)[1].split("<!--")[0] == PAGE.split(kept)[1].split("<!--")[0]
    assert write_page(page, RESULTS) == page

"""What is in a page of netkit convert, for the tests of pages."""

import base64
import json
import re
import zlib

import numpy as np

BACK = str.maketrans(".,/", "&<>")


def read(path):
    """Return the facts of a page and what it unpacks: WebAssembly, words, constants, pictures."""
    text = path.read_text(encoding="utf-8")
    begin = text.index("JSON.parse(") + len("JSON.parse(")
    facts = json.loads(json.loads(text[begin : text.index(");\n", begin)]))
    packed = re.search(r'<pre id="weights" hidden>(.*?)</pre>', text)[1]
    whole = zlib.decompress(base64.b85decode(packed.translate(BACK)))
    ends = np.cumsum(facts["inside"]["parts"])
    assert len(whole) == ends[-1]
    return facts, [whole[a:b] for a, b in zip([0, *ends[:-1]], ends, strict=True)]

"""A trained net as one web page: its plan as a table of numbers, and the WebAssembly that runs it.

c/ is what runs a table; net.wasm is made of it by scripts/make_wasm.py, which also writes
net.wasm.json: the sums of the sources that it was made of, and of itself.
"""

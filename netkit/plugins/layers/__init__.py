"""The built-in layers, a family a file; each file's first line names the layers in it.

convolution (its connection tables: tables), pooling, weighted_pooling; activations, powers, shrink,
per_map: every number or map by itself; contrast (its two steps: neighbourhood), batchnorm; padding,
resize, colour; jitter, regularisation: in training only; chain, branch: layers made of layers.
What several of them share: arrays, windows, blur.

To add one: a class here, in the file of its family or a new one, with the methods that
netkit/layer.py describes; forward, backward, box, cost, onnx and primitive stand side by side.
Then its name in netkit_layers() of netkit/plugins/__init__.py, and a row in tests/cases.py: with
that, every test of layers runs on it. powers.py has short examples.
"""

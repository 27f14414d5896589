"""The built-in layers, a family a file; each file's first line names the layers in it.

    convolution                     trained kernels (tables: which maps they connect)
    pooling, weighted_pooling       one number for each window
    activations, powers, shrink     every number by itself; per_map: one trained number a map
    contrast, batchnorm             normalisation (neighbourhood: the two steps of contrast)
    padding, resize, colour         other sizes, other channels
    regularisation                  in training only (images changed at random: ../augmentation)
    chain, branch                   layers made of layers
    arrays, windows, blur           what several of them share: no layers

To add one: a class here, in the file of its family or a new one, with the methods that
netkit/layer.py describes; forward, backward, box, cost, onnx and primitive stand side by side.
Then its name in netkit_layers() of netkit/plugins/__init__.py, and a row in tests/cases.py: with
that, every test of layers runs on it. powers.py has short examples.
"""

"""A trained net as something that others run.

How a layer is written is a method of the layer, Layer.onnx: it appends plain operators to a Graph
(graph.py). ONNX is written from those (onnx.py); all else from a Plan of them (plan.py), whose
values have known sizes and whose constants are folded (folding.py). reference.py runs one in numpy.
"""

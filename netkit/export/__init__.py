"""A trained net as something that others run: an ONNX file (onnx.py).

How a layer is written there is a method of the layer: Layer.onnx.
"""

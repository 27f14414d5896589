"""ONNX: a trained net as a file that onnxruntime and others run, layer by layer (graph.py,
layers.py).
"""

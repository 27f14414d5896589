"""Augmentation: layers that change training images, each at random, and do nothing else.

    moves                           flip, shift
    cutout                          cutout
    jitter                          affine maps and elastic bends
    augmentation                    what they have in common

conf/augment/ puts them before an arch; an arch may also have them itself.
"""

"""Augmentation: layers that change training images, each at random, and do nothing else.

    moves                           flip, shift
    cutout                          cutout
    jitter                          affine maps and elastic bends
    zoom                            a part of an image, or all of it smaller
    colour_jitter                   brightness, contrast, saturation, hue
    noise, gaussian_blur            worse pictures
    mixup                           two images in one, and the energy of both
    augmentation                    what they have in common
    shown                           images as all of them leave them, to look at

conf/augment/ puts them before an arch; an arch may also have them itself.
"""

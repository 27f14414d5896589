"""EBLearn as a plugin: its names of layers, its .mat weights, its configuration files.

netkit knows nothing of it: it is found by its entry point, as a stranger's plugin is.
"""

from netkit.hookspecs import hookimpl

LAYERS = {  # EBLearn's name -> the class in layer_names.py
    "linear_replicable": "LinearReplicable",
    "maxss": "MaxSS",
    **{f"l{p}pool": f"L{p}Pool" for p in (1, 2, 4, 6, 8, 10, 12, 14, 16, 32, 64)},
    "stdsig": "StdSig",
    "sshrink": "SShrink",
    "lshrink": "LShrink",
    "mirrorpad": "MirrorPad",
    "merge": "Merge",
}
COLOURS = {  # EBLearn's name -> the class in colour_names.py; p and n are the same
    "rgb_to_rgb": "RgbToRgb",
    "rgb_to_rgbp": "RgbToRgbp",
    "rgb_to_rgbn": "RgbToRgbp",
    "rgb_to_y": "RgbToY",
    "rgb_to_yuv": "RgbToYuv",
    "rgb_to_yp": "RgbToYp",
    "rgb_to_yn": "RgbToYp",
    "rgb_to_ypuv": "RgbToYpuv",
    "rgb_to_ynuv": "RgbToYpuv",
    "rgb_to_yuvp": "RgbToYuvp",
    "rgb_to_yuvn": "RgbToYuvp",
    "rgb_to_ypuvp": "RgbToYpuvp",
    "rgb_to_ynuvn": "RgbToYpuvp",
    "rgb_to_ypupvp": "RgbToYpupvp",
    "rgb_to_ynunvn": "RgbToYpupvp",
    "y_to_y": "YToY",
    "y_to_yp": "YToYp",
    "y_to_yn": "YToYp",
}


@hookimpl
def netkit_layers() -> dict[str, str]:
    """Return EBLearn's names of layers that netkit has under other names, or by an argument."""
    return {
        **{name: f"netkit.eblearn.layer_names:{cls}" for name, cls in LAYERS.items()},
        **{name: f"netkit.eblearn.colour_names:{cls}" for name, cls in COLOURS.items()},
    }


@hookimpl
def netkit_weights() -> dict[str, str]:
    """Return EBLearn's file of weights."""
    return {".mat": "netkit.eblearn.mat:Mat"}


@hookimpl
def netkit_visualizers() -> dict[str, str]:
    """Return what writes the .mat files of a run, as EBLearn's train does."""
    return {"mat_weights": "netkit.eblearn.mat_weights:MatWeights"}


@hookimpl
def netkit_config_files() -> dict[str, str]:
    """Return what `netkit train FILE.conf` does with the file."""
    return {".conf": "netkit.eblearn.import_conf:translate"}


@hookimpl
def netkit_commands() -> dict[str, tuple[str, str]]:
    """Return the command that translates a .conf file."""
    said = "Translate a configuration of EBLearn: netkit import-conf FILE.conf"
    return {"import-conf": (said, "netkit.eblearn.command:import_conf")}

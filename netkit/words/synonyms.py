"""The words of PyTorch, Keras, fastai, scikit-learn and Ultralytics, and netkit's for the same."""

from collections.abc import Container

VARIABLES: dict[str, tuple[str, ...]] = {  # netkit's words, of which a command has one
    "lr": ("eta",),
    "lr0": ("eta",),
    "learning_rate": ("eta",),
    "epochs": ("iterations",),
    "epoch": ("iterations",),
    "num_epochs": ("iterations",),
    "n_epochs": ("iterations",),
    "max_epochs": ("iterations",),
    "max_iter": ("iterations",),
    "steps": ("iterations",),
    "loss": ("energy",),
    "loss_fn": ("energy",),
    "criterion": ("energy",),
    "opt": ("optimizer",),
    "optim": ("optimizer",),
    "batch": ("batch_size",),
    "bs": ("batch_size",),
    "minibatch": ("batch_size",),
    "weight_decay": ("reg",),
    "wd": ("reg",),
    "l2": ("reg_l2",),
    "l1": ("reg_l1",),
    "beta": ("beta1",),
    "betas": ("beta1",),
    "eps": ("epsilon",),
    "model": ("arch", "weights"),
    "net": ("arch", "weights"),
    "network": ("arch", "weights"),
    "architecture": ("arch", "weights"),
    "backbone": ("arch", "weights"),
    "dataset": ("data",),
    "datasets": ("data",),
    "data_dir": ("root", "input"),
    "dir": ("root", "input"),
    "path": ("root", "input"),
    "folder": ("root", "input"),
    "ckpt": ("weights",),
    "checkpoint": ("weights",),
    "pretrained": ("weights",),
    "model_path": ("weights",),
    "scheduler": ("schedule",),
    "lr_scheduler": ("schedule",),
    "lr_schedule": ("schedule",),
    "warmup_epochs": ("warmup_iterations",),
    "patience": ("early_stopping",),
    "grad_clip": ("gradient_threshold",),
    "clip": ("gradient_threshold",),
    "clipnorm": ("gradient_threshold",),
    "max_norm": ("gradient_threshold",),
    "label_smoothing": ("energy.smoothing",),
    "ema": ("average",),
    "augmentation": ("augment",),
    "augmentations": ("augment",),
    "transform": ("augment",),
    "transforms": ("augment",),
    "flip": ("augment.flip",),
    "fliplr": ("augment.flip",),
    "flipud": ("augment.vertical_flip",),
    "hflip": ("augment.flip",),
    "mixup": ("augment.mixup",),
    "cutout": ("augment.cutout",),
    "random_state": ("seed",),
    "random_seed": ("seed",),
    "workers": ("threads",),
    "num_workers": ("threads",),
    "num_threads": ("threads",),
    "jobs": ("threads",),
    "n_jobs": ("threads",),
    "device": ("backend",),
    "precision": ("dtype",),
    "plots": ("show_train",),
    "plot": ("show_train",),
    "show": ("display",),
    "view": ("display",),
    "frozen": ("freeze",),
    "source": ("input",),
    "image": ("input",),
    "images": ("input",),
    "file": ("input",),
    "img": ("input",),
    "video": ("input",),
    "conf": ("threshold",),
    "conf_thres": ("threshold",),
    "confidence": ("threshold",),
    "score_threshold": ("threshold",),
    "iou": ("max_overlap",),
    "iou_thres": ("max_overlap",),
    "nms_threshold": ("max_overlap",),
    "top_k": ("top",),
    "topk": ("top",),
    "val_split": ("data.val_share",),
    "validation_split": ("data.val_share",),
    "test_size": ("val_size",),
    "run_name": ("name",),
    "project": ("name",),
    "experiment": ("name",),
    "out_dir": ("hydra.run.dir",),
    "output": ("hydra.run.dir",),
    "output_dir": ("hydra.run.dir",),
    "save_dir": ("hydra.run.dir",),
    "log_dir": ("hydra.run.dir",),
}

REMARKS = {  # what is no variable in netkit, and what to write instead
    "dropout": "is a layer in netkit: '+arch.layers.drop={type: dropout, rate: 0.5}' puts one at "
    "the end",
    "activation": "is a layer in netkit: arch.layers.NAME.type=relu changes one",
    "batchnorm": "is a layer in netkit: '+arch.layers.norm={type: batchnorm}' puts one at the end",
    "num_classes": "netkit takes the number of classes from the data: limit_classes=NUMBER takes "
    "fewer",
    "classes": "netkit takes the classes from the data: limit_classes=NUMBER, or a list of names, "
    "takes fewer",
    "nc": "netkit takes the number of classes from the data: limit_classes=NUMBER takes fewer",
    "metrics": "netkit always measures energy and correct",
    "verbose": "netkit prints a line an iteration; show=none prints none",
    "quiet": "netkit prints a line an iteration; show=none prints none",
    "gpu": "netkit computes on a GPU with backend=cupy",
    "cuda": "netkit computes on a GPU with backend=cupy",
    "imgsz": "netkit takes the size from the data: data=folder takes 'data.size=[HEIGHT,WIDTH]'",
    "image_size": "netkit takes the size from the data: data=folder takes "
    "'data.size=[HEIGHT,WIDTH]'",
    "shuffle": "netkit mixes the samples in every pass: shuffle_passes=false does not",
    "amp": "netkit computes in dtype=float32 or float64",
    "fp16": "netkit computes in dtype=float32 or float64",
}

CHOICES = {  # of groups
    "energy": {
        "mse": "l2",
        "mean_squared_error": "l2",
        "crossentropy": "cross_entropy",
        "ce": "cross_entropy",
        "nll": "cross_entropy",
        "softmax": "cross_entropy",
        "categorical_crossentropy": "cross_entropy",
        "sparse_categorical_crossentropy": "cross_entropy",
        "hinge": "margin",
        "giou": "boxes",
        "detection": "boxes",
    },
    "data": {
        "coco": "boxes",
        "yolo": "boxes",
        "voc": "boxes",
        "annotated": "boxes",
        "imagefolder": "folder",
        "images": "folder",
        "dir": "folder",
        "numpy": "files",
        "npy": "files",
    },
    "scenes": {"coco": "annotated", "yolo": "annotated", "voc": "annotated", "boxes": "annotated"},
    "optimizer": {"momentum": "sgd", "nag": "nesterov", "sgdm": "sgd"},
    "backend": {"cuda": "cupy", "gpu": "cupy", "cpu": "native", "mps": "native"},
    "arch": {"cnn": "lenet5", "yolo": "finder", "mobilenet": "mobile", "vgg": "vgg_small"},
    "augment": {"true": "photos", "yes": "photos", "default": "photos", "false": "none"},
}


def answer_to(name: str, value: str | None, known: Container[str]) -> str:
    """Return netkit's word for another framework's, as the end of a sentence; "" if there is none.

    value: what was given, to be written behind netkit's word.  known: the names of the command's
    variables and groups.
    """
    short = name.lower().replace("-", "_")
    for ours in VARIABLES.get(short, ()):
        if ours.split(".")[0] in known and ours != name:
            group = value and CHOICES.get(ours, {}).get(value.lower())
            written = group or value or "VALUE"
            return f"in netkit it is {ours}: write {ours}={written}"
    return REMARKS.get(short, "") if "arch" in known else ""


def choice_for(group: str, choice: str) -> str:
    """Return netkit's choice of a group for a word of another framework; "" if there is none."""
    return CHOICES.get(group, {}).get(choice.lower().replace("-", "_"), "")

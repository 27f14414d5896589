"""The recipes in PyTorch: python benchmarks/records_torch.py NAME --mnist DIR | --cifar DIR

The same net from the same first weights, the same order of the samples, the same energy, rule and
rates as the recipe's, and augmentation of the same kinds and ranges, written with PyTorch's own
operations. Prints the accuracy and the time of each seed, and keeps them beside netkit's in
benchmarks/results/records.json. --iterations: fewer, for the time of one.
"""

import argparse
import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from colour import chain
from records import KEPT, RECORDS, samples_of
from torch import nn
from torch.nn import functional

from netkit.build.parts import make_data, make_net, make_part
from netkit.config import compose
from netkit.plugins.optimizers.adam import Adam
from netkit.registry import Registry
from netkit.training.sampling import Sampling

NETS = "digits", "mnist", "cifar10"  # of layers that chain() makes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=NETS)
    parser.add_argument("--mnist", type=Path, default=Path("../shared/data/mnist"))
    parser.add_argument("--cifar", type=Path, default=Path("cifar10"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--iterations", type=int)
    options = parser.parse_args()
    record, runs = RECORDS[options.name], []
    words = [w.format(mnist=options.mnist, cifar=options.cifar) for w in record.words]
    for seed in range(options.seeds):
        cfg = compose("train", [*words, f"seed={seed}"])
        cfg["iterations"] = options.iterations or cfg["iterations"]
        torch.manual_seed(seed)
        began = time.perf_counter()
        model, scale = trained(cfg, seed)
        seconds = time.perf_counter() - began
        found = {}
        for test in record.tests:
            samples = samples_of(test, options.name, options)
            found[test] = accuracy(model, samples.images, samples.labels, scale)
        runs.append({"seed": seed, "seconds": round(seconds, 1), **found})
        print(runs[-1], flush=True)
    if not options.iterations:
        kept = json.loads(KEPT.read_text())
        kept[options.name]["torch"] = {"version": torch.__version__, "runs": runs}
        KEPT.write_text(json.dumps(kept, indent=1) + "\n")


def trained(cfg: dict[str, Any], seed: int) -> tuple[nn.Module, tuple[float, float]]:
    """Return the model that a configuration trains, and its images' bias and coeff."""
    registry = Registry()
    data = make_data(registry, cfg)
    ops = registry.make("backend", {"type": "numpy"})
    scale = data.bias, data.coeff
    first = make_net(registry, cfg, data.shape, classes=len(data.classes), ops=ops)
    model, _ = chain(cfg["arch"]["layers"], data.shape[0])
    with torch.no_grad():
        for ours, theirs in zip(first.weights.values(), model.parameters(), strict=True):
            theirs.copy_(torch.from_numpy(ours.copy()).reshape(theirs.shape))
    rule = make_part(registry, "optimizer", cfg)
    optimizer, sampling = torch_rule(model, cfg, rule), Sampling()
    steps, step = cfg["iterations"] * math.ceil(len(data.train) / cfg["batch_size"]), 0
    images, labels = torch.from_numpy(np.array(data.train.images)), data.train.labels
    for iteration in range(cfg["iterations"]):
        model.train()
        order = sampling.order(labels, iteration, seed)
        for at in range(0, len(order), cfg["batch_size"]):
            chosen = np.repeat(order[at : at + cfg["batch_size"]], cfg["views"])
            x = (images[chosen].float() + scale[0]) * scale[1]
            for group in optimizer.param_groups:
                group["lr"] = rule.rate(step / steps)
            optimizer.zero_grad()
            y = model(augmented(x, cfg["augment"]))
            smoothing = cfg["energy"].get("smoothing", 0.0)
            target = torch.from_numpy(labels[chosen])
            functional.cross_entropy(y, target, label_smoothing=smoothing).backward()
            optimizer.step()
            step += 1
    return model, scale


def torch_rule(model: nn.Module, cfg: dict[str, Any], rule: Any) -> torch.optim.Optimizer:
    """Return PyTorch's optimizer that does what netkit's rule does."""
    if isinstance(rule, Adam):
        betas, decay = (rule.beta1, rule.beta2), rule.decay
        return torch.optim.AdamW(model.parameters(), betas=betas, weight_decay=decay)
    kernels = [p for p in model.parameters() if p.ndim > 1]
    others = [p for p in model.parameters() if p.ndim <= 1]
    decay = cfg["reg"]
    groups = [
        {"params": kernels, "weight_decay": decay},
        {"params": others, "weight_decay": decay if cfg["reg_biases"] else 0.0},
    ]
    return torch.optim.SGD(groups, lr=1.0, momentum=cfg["inertia"], nesterov=True)


def augmented(x: torch.Tensor, augment: dict[str, Any]) -> torch.Tensor:
    """Return a batch (N, C, H, W) changed by chance: the parts that the recipes have."""
    if augment["jitter"]:
        x = jittered(x, augment["layers"]["jitter"])
    if augment["flip"]:
        x = torch.where(torch.rand(len(x), 1, 1, 1) < 0.5, x.flip(3), x)
    if by := int(augment["shift"]):
        height, width = x.shape[2:]
        wide = functional.pad(x, (by, by, by, by))
        down, across = torch.randint(0, 2 * by + 1, (2, len(x), 1))
        rows, columns = down + torch.arange(height), across + torch.arange(width)
        samples = torch.arange(len(x))[:, None, None]
        x = wide.permute(0, 2, 3, 1)[samples, rows[:, :, None], columns[:, None, :]]
        x = x.permute(0, 3, 1, 2)
    return x


def jittered(x: torch.Tensor, spec: dict[str, Any]) -> torch.Tensor:
    """Return each image moved by a random affine map and bent."""
    n, _, height, width = x.shape
    draw = 2 * torch.rand(6, n) - 1
    angle, zoom = spec["rotate"] * math.pi / 180 * draw[0], 1 + spec["scale"] * draw[1:3]
    shear, shift = spec.get("shear", 0) * draw[3], spec["shift"]
    cos, sin = torch.cos(angle), torch.sin(angle)
    # PyTorch's maps are (x, y) in ±1 over the image.
    across = torch.stack([cos / zoom[1], -sin / zoom[1], 2 * shift * draw[5] / width], 1)
    down = torch.stack([(sin + shear) / zoom[0], cos / zoom[0], 2 * shift * draw[4] / height], 1)
    grid = functional.affine_grid(torch.stack([across, down], 1), list(x.shape))
    if elastic := spec.get("elastic", 0):
        smooth = spec.get("smooth", 4.0)
        reach = int(3 * smooth)
        taps = torch.exp(-0.5 * (torch.arange(-reach, reach + 1) / smooth) ** 2)
        noise = 2 * torch.rand(2 * n, 1, height, width) - 1
        noise = functional.conv2d(noise, taps.view(1, 1, -1, 1), padding=(reach, 0))
        noise = functional.conv2d(noise, taps.view(1, 1, 1, -1), padding=(0, reach))
        bend = noise.view(n, 2, height, width) * (elastic * 3**0.5 / float((taps * taps).sum()))
        grid = grid + bend.permute(0, 2, 3, 1) * torch.tensor([2 / width, 2 / height])
    return functional.grid_sample(x, grid, align_corners=False)


@torch.no_grad()
def accuracy(
    model: nn.Module, images: np.ndarray, labels: np.ndarray, scale: tuple[float, float]
) -> float:
    """Return the percentage of right answers."""
    model.eval()
    right = 0
    for at in range(0, len(labels), 1000):
        x = torch.from_numpy(np.array(images[at : at + 1000])).float()
        answered = model((x + scale[0]) * scale[1]).argmax(1).numpy()
        right += int((answered == labels[at : at + 1000]).sum())
    return 100 * right / len(labels)


if __name__ == "__main__":
    main()

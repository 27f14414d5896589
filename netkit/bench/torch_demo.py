"""netkit's demo job as one would write it in PyTorch, and nothing else.

python -m netkit.bench.torch_demo [THREADS]
"""

import gzip
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

from netkit.bench.peers.torch_side import Subs, network

DIGITS = Path(__file__).parent.parent / "plugins" / "digits"
ITERATIONS, BATCH, ETA = 5, 16, 4e-3


def read(name: str) -> np.ndarray:
    """Return the array in an IDX file."""
    data = gzip.decompress((DIGITS / name).read_bytes())
    shape = np.frombuffer(data, ">i4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape)


def load(kind: str, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return `size` images (N, 1, 28, 28) and their labels."""
    images = torch.from_numpy(
        read(f"{kind}-images-idx3-ubyte.gz")[:size].astype(np.float32) * 0.01
    )[:, None]
    return images, torch.from_numpy(read(f"{kind}-labels-idx1-ubyte.gz")[:size].astype(np.int64))


def energy(y: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the squared error of each sample."""
    return 0.5 * (y - (2.0 * nn.functional.one_hot(labels, 10) - 1)).square().sum(1)


def main() -> None:
    """Train, and test after each iteration."""
    torch.manual_seed(0)
    if sys.argv[1:]:
        torch.set_num_threads(int(sys.argv[1]))
    (images, labels), (test_images, test_labels) = load("train", 2000), load("t10k", 1000)
    net = network("lenet5")
    for module in net:
        if isinstance(module, Subs):
            nn.init.constant_(module.c, 0.5)
    adam = torch.optim.Adam(net.parameters(), ETA)
    steps = ITERATIONS * len(images) // BATCH
    schedule = torch.optim.lr_scheduler.OneCycleLR(adam, ETA, total_steps=steps, pct_start=0.2)
    for iteration in range(ITERATIONS):
        right = 0
        for chosen in torch.randperm(len(images)).split(BATCH):
            y = net(images[chosen])
            adam.zero_grad()
            energy(y, labels[chosen]).mean().backward()
            adam.step()
            schedule.step()
            right += int((y.argmax(1) == labels[chosen]).sum())
        with torch.inference_mode():
            tested = (net(test_images).argmax(1) == test_labels).float().mean()
        print(
            f"i={iteration + 1} correct={100 * right / len(images):.2f}% "
            f"test_correct={100 * tested:.2f}%",
            flush=True,
        )
        torch.save(net.state_dict(), f"net{iteration + 1}.pt")


if __name__ == "__main__":
    main()

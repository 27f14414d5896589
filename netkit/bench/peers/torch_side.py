"""PyTorch's side of the work: the same networks, weights, loss and update."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import torch
from torch import nn

from netkit.bench.work import ETA


class Subs(nn.Module):
    """netkit's `subs`: the sum of 2x2, a coefficient and a bias a map."""

    def __init__(self, maps: int) -> None:
        super().__init__()
        self.c = nn.Parameter(torch.zeros(maps, 1, 1))
        self.b = nn.Parameter(torch.zeros(maps, 1, 1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return nn.functional.avg_pool2d(x, 2) * 4 * self.c + self.b


def network(name: str) -> nn.Sequential:
    """Return "lenet5" or "conv64" as a module whose parameters stand in netkit's order."""
    if name == "lenet5":
        return nn.Sequential(
            nn.ZeroPad2d(2),
            nn.Conv2d(1, 6, 5),
            nn.Tanh(),
            Subs(6),
            nn.Tanh(),
            nn.Conv2d(6, 16, 5),
            nn.Tanh(),
            Subs(16),
            nn.Tanh(),
            nn.Conv2d(16, 120, 5),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(120, 10),
            nn.Tanh(),
        )
    return nn.Sequential(
        nn.Conv2d(1, 32, 3),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(9216, 128),
        nn.ReLU(),
        nn.Linear(128, 10),
    )


class Torch:
    """One way of PyTorch. Its images are converted to floats once, before the timed part.

    name: of the network.  weights: netkit's, arrays in order.  compiled: by torch.compile.  last:
    channels_last.  device: cpu or cuda.  graph: the whole step recorded as a CUDA graph the first
    time, for one batch size.
    """

    steps = answers = 1

    def __init__(
        self,
        name: str,
        weights: Iterable[np.ndarray],
        threads: int,
        *,
        compiled: bool = False,
        last: bool = False,
        device: str = "cpu",
        graph: bool = False,
    ) -> None:
        torch.set_num_threads(threads)
        # So that every batch size is compiled, and none left to the slow way.
        torch._dynamo.config.recompile_limit = 100
        self.name = name
        self.layout = torch.channels_last if last else torch.contiguous_format
        self.device = device
        self.graph = graph
        self.recorded: tuple[Any, torch.Tensor, torch.Tensor] | None = None
        model: Any = network(name)
        with torch.no_grad():
            for parameter, w in zip(model.parameters(), weights, strict=True):
                parameter.copy_(torch.from_numpy(np.array(w)).reshape(parameter.shape))
        model = model.to(device, memory_format=self.layout)
        self.sgd = torch.optim.SGD(model.parameters(), lr=ETA)
        self.parameters = list(model.parameters())
        self.model = torch.compile(model) if compiled else model

    def prepare(self, images: np.ndarray, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a batch of floats and its targets, on the device."""
        x = torch.from_numpy(images.astype(np.float32) * np.float32(0.01)).to(self.device)
        x = x.contiguous(memory_format=self.layout)
        if self.name == "lenet5":
            targets = (2.0 * np.eye(10)[labels] - 1).astype(np.float32)
            return x, torch.from_numpy(targets).to(self.device)
        return x, torch.from_numpy(labels).to(self.device)

    def loss(self, y: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """Return the mean energy of a batch."""
        if self.name == "lenet5":
            return 0.5 * (y - t).square().sum() / len(y)
        return nn.functional.cross_entropy(y, t)

    def gradient(self, x: torch.Tensor, t: torch.Tensor) -> np.ndarray:
        """Return the flat gradient, on the host."""
        self.sgd.zero_grad()
        self.loss(self.model(x), t).backward()
        return np.concatenate([p.grad.contiguous().cpu().numpy().ravel() for p in self.parameters])

    def step(self, x: torch.Tensor, t: torch.Tensor) -> None:
        """Do one training step."""
        if self.graph:
            self.replay(x, t)
            return
        self.sgd.zero_grad()
        self.loss(self.model(x), t).backward()
        self.sgd.step()

    train = step

    def replay(self, x: torch.Tensor, t: torch.Tensor) -> None:
        """Do the step as a recorded CUDA graph: its arrays are those of the first call."""
        if self.recorded is None or self.recorded[1].shape != x.shape:
            side = torch.cuda.Stream()
            with torch.cuda.stream(side):
                for _ in range(3):
                    self.sgd.zero_grad(set_to_none=True)
                    self.loss(self.model(x), t).backward()
            torch.cuda.current_stream().wait_stream(side)
            self.sgd.zero_grad(set_to_none=True)
            graph, x, t = torch.cuda.CUDAGraph(), x.clone(), t.clone()
            with torch.cuda.graph(graph):
                self.loss(self.model(x), t).backward()
                self.sgd.step()
            self.recorded = graph, x, t
        graph, own_x, own_t = self.recorded
        own_x.copy_(x)
        own_t.copy_(t)
        graph.replay()

    def infer(self, x: torch.Tensor, t: torch.Tensor | None = None) -> torch.Tensor:
        """Return the outputs for a batch."""
        with torch.inference_mode():
            return self.model(x)

    def weights(self) -> np.ndarray:
        """Return the flat weights, on the host."""
        parts = [p.detach().contiguous().cpu().numpy().ravel() for p in self.parameters]
        return np.concatenate(parts)

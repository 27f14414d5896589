"""PyTorch's side of the work: the same networks, weights, loss and update; eager or compiled, in
two layouts.
"""

import numpy as np
import torch
from torch import nn

from netkit.bench.work import ETA


class Subs(nn.Module):
    """netkit's `subs`: the sum of 2x2, a coefficient and a bias a map."""

    def __init__(self, maps):
        super().__init__()
        self.c, self.b = (
            nn.Parameter(torch.zeros(maps, 1, 1)),
            nn.Parameter(torch.zeros(maps, 1, 1)),
        )

    def forward(self, x):
        return nn.functional.avg_pool2d(x, 2) * 4 * self.c + self.b


def network(name):
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

    weights: netkit's, arrays in order.  compiled: by torch.compile.  last: channels_last.  device:
    cpu or cuda. graph: the whole step recorded as a CUDA graph the first time, for one batch size.
    """

    def __init__(
        self, name, weights, threads, compiled=False, last=False, device="cpu", graph=False
    ):
        torch.set_num_threads(threads)
        torch._dynamo.config.recompile_limit = (
            100  # every batch size compiled, none left to the slow way
        )
        self.name, self.layout = name, torch.channels_last if last else torch.contiguous_format
        model = network(name)
        with torch.no_grad():
            for parameter, w in zip(model.parameters(), weights, strict=True):
                parameter.copy_(torch.from_numpy(np.array(w)).reshape(parameter.shape))
        model, self.device, self.graph, self.recorded = (
            model.to(device, memory_format=self.layout),
            device,
            graph,
            None,
        )
        self.sgd = torch.optim.SGD(model.parameters(), lr=ETA)
        self.parameters, self.model = (
            list(model.parameters()),
            torch.compile(model) if compiled else model,
        )

    def prepare(self, images, labels):
        x = torch.from_numpy(images.astype(np.float32) * np.float32(0.01)).to(self.device)
        x = x.contiguous(memory_format=self.layout)
        if self.name == "lenet5":
            return x, torch.from_numpy((2.0 * np.eye(10)[labels] - 1).astype(np.float32)).to(
                self.device
            )
        return x, torch.from_numpy(labels).to(self.device)

    def loss(self, y, t):
        if self.name == "lenet5":
            return 0.5 * (y - t).square().sum() / len(y)
        return nn.functional.cross_entropy(y, t)

    def gradient(self, x, t):
        self.sgd.zero_grad()
        self.loss(self.model(x), t).backward()
        return np.concatenate([p.grad.contiguous().cpu().numpy().ravel() for p in self.parameters])

    def step(self, x, t):
        if self.graph:
            return self.replay(x, t)
        self.sgd.zero_grad()
        self.loss(self.model(x), t).backward()
        self.sgd.step()

    def replay(self, x, t):
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

    def infer(self, x, t=None):
        with torch.inference_mode():
            return self.model(x)

    def weights(self):
        return np.concatenate(
            [p.detach().contiguous().cpu().numpy().ravel() for p in self.parameters]
        )

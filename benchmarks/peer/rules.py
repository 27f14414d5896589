"""Muon and Adam in PyTorch, as netkit has them; torch.optim.Muon takes matrices alone."""

import torch
from torch import Tensor, nn

from netkit.net import Net
from netkit.plugins.optimizers.muon import QUINTIC, Muon


class Rule:
    """Muon on the kernels of a net, but for its last layer; AdamW on all else."""

    def __init__(self, net: Net, rule: Muon, model: nn.Module) -> None:
        if type(rule) is not Muon:
            raise SystemExit(f"{type(rule).__name__}: benchmarks/peer/rules.py has muon alone")
        self.rule = rule
        starts = {place.start: shape for place, shape in rule.kernels}
        named = zip(net.weights, model.parameters(), strict=True)
        places = ((net.places[f"{name}"][1].start, weights) for name, weights in named)
        found = [(weights, starts.get(start)) for start, weights in places]
        self.kernels = [(w, shape, torch.zeros_like(w)) for w, shape in found if shape]
        self.adam = torch.optim.AdamW(
            [w for w, shape in found if not shape],
            rule.eta,
            (rule.beta1, rule.beta2),
            rule.epsilon,
            rule.decay,
        )

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Change all weights by their gradients, and forget those."""
        rule = self.rule
        for weights, shape, mean in self.kernels:
            gradient = weights.grad
            mean.lerp_(gradient, 1 - rule.momentum)
            ahead = gradient.lerp(mean, rule.momentum)
            size = 0.2 * max(shape[1:]) ** 0.5
            move = orthogonal(ahead.reshape(shape), rule.steps).reshape(weights.shape)
            weights.mul_(1 - rate * rule.decay).sub_(move, alpha=rate * size)
            weights.grad = None
        for group in self.adam.param_groups:
            group["lr"] = rate
        self.adam.step()
        self.adam.zero_grad()


def orthogonal(a: Tensor, steps: int) -> Tensor:
    """Return about UV' for each matrix a = USV', by Newton-Schulz steps (Jordan 2024)."""
    tall = a.shape[-2] > a.shape[-1]
    a = a.mT if tall else a
    a = a / (a.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    first, third, fifth = QUINTIC
    for _ in range(steps):
        square = a @ a.mT
        a = first * a + (third * square + fifth * square @ square) @ a
    return a.mT if tall else a

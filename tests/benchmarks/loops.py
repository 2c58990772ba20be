"""The loops that are measured beside ours, in plain torch and by torchebm: one network each."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

BATCH, HIDDEN, RATE, SIGMA = 128, 64, 1e-3, 0.1  # the coursework's
CHAIN = {"step": 1e-2, "n_steps": 20}  # of contrastive divergence, persistent or not


def network(n_outputs: int, activation: type[nn.Module]) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(2, HIDDEN),
        activation(),
        nn.Linear(HIDDEN, HIDDEN),
        activation(),
        nn.Linear(HIDDEN, n_outputs),
    )


def descend(
    loss: Callable[[Tensor, torch.Generator], Tensor],
    model: nn.Module,
    x: Tensor,
    n_steps: int,
    seed: int = 0,
) -> None:
    """The loop that everyone writes."""
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n_steps):
        rows = torch.randint(len(x), (BATCH,), generator=generator)
        optimiser.zero_grad()
        loss(x[rows], generator).backward()
        optimiser.step()


def dsm_eager(x: Tensor, n_steps: int) -> None:
    score = network(2, nn.SiLU)

    def loss(x: Tensor, generator: torch.Generator) -> Tensor:
        eps = torch.randn(x.shape, generator=generator)
        return (SIGMA * score(x + SIGMA * eps) + eps).square().sum(-1).mean()

    descend(loss, score, x, n_steps)


def langevin_eager(x: Tensor, n_steps: int) -> None:
    energy, step = network(1, nn.ReLU), CHAIN["step"]
    generator = torch.Generator().manual_seed(0)
    x = x[:BATCH]
    for _ in range(n_steps):
        x = x.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(energy(x).sum(), x)
        x = x - step * gradient + math.sqrt(2 * step) * torch.randn(x.shape, generator=generator)


def torchebm(kind: str, x: Tensor, n_steps: int, seed: int = 0):
    """torchebm's energy model, trained on points [n, 2] by "dsm", "cd" or "pcd".

    The seed is that of minibatches and noise; initial parameters are from torch's global stream.
    """
    from torchebm.core import BaseModel
    from torchebm.losses import ContrastiveDivergence, DenoisingScoreMatching
    from torchebm.samplers import LangevinDynamics

    class Energy(BaseModel):
        def __init__(self):
            super().__init__()
            self.network = network(1, nn.SiLU if kind == "dsm" else nn.ReLU)

        def forward(self, x: Tensor) -> Tensor:
            return self.network(x).squeeze(-1)

    model = Energy()
    if kind == "dsm":
        loss = DenoisingScoreMatching(model, noise_scale=SIGMA)
    else:
        sampler = LangevinDynamics(model, step_size=CHAIN["step"])
        chains = {"k_steps": CHAIN["n_steps"], "persistent": kind == "pcd", "init_steps": 0}
        loss = ContrastiveDivergence(model, sampler, energy_reg_weight=0.1, **chains)

    def value(x: Tensor, generator: torch.Generator) -> Tensor:
        out = loss(x, generator=generator)
        return out if kind == "dsm" else out[0]

    descend(value, model, x, n_steps, seed)
    return model

"""Helper: windows to learn from, and an order of them."""

import torch

WINDOWS = 37


def windows(steps: int, outputs: int) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(steps)
    x = 0.1 * torch.randn(WINDOWS, steps, 1).cumsum(1)
    return x, torch.randn(WINDOWS, outputs)


def order(seed: int = 1) -> torch.Tensor:
    return torch.randperm(WINDOWS, generator=torch.Generator().manual_seed(seed))

"""The loss that training lowers: the mean squared error, of one network and of many side by side.

Axes: P networks, B windows of a batch, H target bars.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import mse_loss


def batch_loss(forecasts: Tensor, targets: Tensor) -> Tensor:
    """Return the mean over a batch, shape (), of forecasts and targets (B, H)."""
    return mse_loss(forecasts, targets)


def stacked_batch_losses(
    forecasts: Tensor, targets: Tensor, counted: Tensor, sizes: Tensor
) -> Tensor:
    """Return each network's mean over its own batch, shape (P,), 0 for an empty one.

    Args:
        forecasts: shape (P, B, H).
        targets: likewise.
        counted: which of the B windows a network's batch has, bool, shape (P, B); the others only
            fill the batch up.
        sizes: how many they are, int64, shape (P,).
    """
    numbers = (sizes * targets.shape[-1]).clamp(min=1)[:, None]  # that a mean is taken over
    shares = counted / numbers  # (P, B), 0 in the windows that fill up
    return ((forecasts - targets).square() * shares[..., None]).sum((1, 2))

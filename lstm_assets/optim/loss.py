"""The loss that training lowers: the mean squared error, for one network or many at once.

Axes: P networks, B windows of a batch, H target bars.
"""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import mse_loss


def batch_loss(forecasts: Tensor, targets: Tensor) -> Tensor:
    """Return the mean squared error of a batch, shape (); forecasts and targets are (B, H)."""
    return mse_loss(forecasts, targets)


def stacked_batch_losses(
    forecasts: Tensor, targets: Tensor, counted: Tensor, sizes: Tensor
) -> Tensor:
    """Return each network's mean squared error over its own batch, shape (P,); 0 if it is empty.

    Args:
        forecasts: shape (P, B, H).
        targets: shape (P, B, H).
        counted: which of the B windows belong to a network's batch, bool, shape (P, B); the others
            only fill the tensor.
        sizes: number of windows in each network's batch, int64, shape (P,).
    """
    counts = (sizes * targets.shape[-1]).clamp(min=1)[:, None]  # (P, 1), errors in each mean
    shares = counted / counts  # (P, B), 0 in the windows that only fill
    return ((forecasts - targets).square() * shares[..., None]).sum((1, 2))

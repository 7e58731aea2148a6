"""The Adam optimizer for many networks at once, each with its own learning rate and step count.

Source: Kingma & Ba (2015), arXiv:1412.6980, algorithm 1; the constants are those of optim.adam.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lstm_assets.optim.adam import BETA_1, BETA_2, EPSILON
from lstm_assets.optim.fused import fused


class StackedAdam:
    """Updates each of P networks as optim.adam.Adam does, except for float32 rounding.

    It changes its tensors in place and never replaces them, so a step can be captured and replayed.
    """

    def __init__(self, parameters: Sequence[Tensor], learning_rates: Sequence[float]) -> None:
        """Start at step 0.

        Args:
            parameters: each of shape (P, ...), contiguous.
            learning_rates: one per network.
        """
        self._shapes = [parameter.shape[1:] for parameter in parameters]
        self._parameters = [values.view(len(values), -1) for values in parameters]  # (P, n)
        self._means = [torch.zeros_like(values) for values in self._parameters]
        self._squares = [torch.zeros_like(values) for values in self._parameters]
        # float64, because 1 - 0.999**step loses four digits in float32. It costs P numbers only.
        options = {"dtype": torch.float64, "device": parameters[0].device}
        self._rates = torch.tensor(learning_rates, **options)[:, None]  # type: ignore[arg-type]
        self._steps = torch.zeros_like(self._rates)  # (P, 1)
        self._move = fused(_move, parameters[0].device)

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], active: Tensor) -> None:
        """Update the parameters of the active networks.

        Args:
            gradients: those of the parameters, in the same order and shapes.
            active: which networks to update, bool, shape (P,); the others do not change.
        """
        active = active[:, None]
        self._steps += active
        rates = (self._rates / (1 - BETA_1**self._steps)).float()
        scales = (1 - BETA_2**self._steps).sqrt().float()
        state = zip(self._parameters, gradients, self._means, self._squares, strict=True)
        for parameter, gradient, mean, square in state:
            self._move(parameter, gradient.flatten(1), mean, square, rates, scales, active)

    def state(self, index: int) -> list[Tensor]:
        """Return a copy of one network's state on the CPU, in the form of optim.adam.Adam.state."""
        steps = [self._steps[index, 0].float() for _ in self._shapes]
        moments = [
            moment[index].view(shape)
            for kind in (self._means, self._squares)
            for moment, shape in zip(kind, self._shapes, strict=True)
        ]
        return [tensor.to("cpu", copy=True) for tensor in [*moments, *steps]]

    def set_state(self, index: int, state: Sequence[Tensor]) -> None:
        """Set one network's state to one that `state` or optim.adam.Adam.state returned."""
        moments = [*self._means, *self._squares]
        for moment, new in zip(moments, state, strict=False):
            moment[index].copy_(new.flatten())
        self._steps[index] = state[-1].item()


def _move(
    parameter: Tensor,
    gradient: Tensor,
    mean: Tensor,
    square: Tensor,
    rates: Tensor,
    scales: Tensor,
    active: Tensor,
) -> None:
    """Take one step in place. The first four arguments are (P, n), the others (P, 1)."""
    new_mean = BETA_1 * mean + (1 - BETA_1) * gradient
    new_square = BETA_2 * square + (1 - BETA_2) * gradient * gradient
    new_parameter = parameter - rates * new_mean / (new_square.sqrt() / scales + EPSILON)
    # torch.where, not a product with 0: the new values of an inactive network may be NaN.
    mean.copy_(torch.where(active, new_mean, mean))
    square.copy_(torch.where(active, new_square, square))
    parameter.copy_(torch.where(active, new_parameter, parameter))

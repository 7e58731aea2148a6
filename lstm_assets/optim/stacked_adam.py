"""The Adam optimizer for many networks side by side, each with its own rate and step count.

Source: Kingma & Ba (2015), arXiv:1412.6980, algorithm 1; the constants are those of optim.adam.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lstm_assets.optim.adam import BETA_1, BETA_2, EPSILON
from lstm_assets.optim.fused import fused


class StackedAdam:
    """What optim.adam.Adam does to each of P networks, to float32 rounding.

    It works in place on tensors that stay where they are, so a step can be captured and replayed.
    """

    def __init__(self, parameters: Sequence[Tensor], learning_rates: Sequence[float]) -> None:
        """Start at step 0.

        Args:
            parameters: each of shape (P, ...), contiguous.
            learning_rates: one a network.
        """
        self._shapes = [each.shape[1:] for each in parameters]
        self._parameters = [each.view(len(each), -1) for each in parameters]  # (P, n)
        self._means = [torch.zeros_like(each) for each in self._parameters]
        self._squares = [torch.zeros_like(each) for each in self._parameters]
        # In float64: 1 - 0.999**step loses four digits in float32, and float64 costs P numbers.
        like = {"dtype": torch.float64, "device": parameters[0].device}
        self._rates = torch.tensor(learning_rates, **like)[:, None]  # type: ignore[arg-type]
        self._steps = torch.zeros_like(self._rates)  # (P, 1)
        self._move = fused(_move, parameters[0].device)

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor], active: Tensor) -> None:
        """Move the parameters of the active networks against their gradients.

        Args:
            gradients: of the parameters, in their order and shapes.
            active: which networks to move, bool, shape (P,); the others keep all they have.
        """
        active = active[:, None]
        self._steps += active
        rates = (self._rates / (1 - BETA_1**self._steps)).float()
        scales = (1 - BETA_2**self._steps).sqrt().float()
        state = zip(self._parameters, gradients, self._means, self._squares, strict=True)
        for parameter, gradient, mean, square in state:
            self._move(parameter, gradient.flatten(1), mean, square, rates, scales, active)

    def state(self, index: int) -> list[Tensor]:
        """Return one network's state as optim.adam.Adam has it, copied to the CPU."""
        steps = [self._steps[index, 0].float() for _ in self._shapes]
        moments = [
            each[index].view(shape)
            for kind in (self._means, self._squares)
            for each, shape in zip(kind, self._shapes, strict=True)
        ]
        return [each.to("cpu", copy=True) for each in [*moments, *steps]]

    def set_state(self, index: int, state: Sequence[Tensor]) -> None:
        """Go on, for one network, from a state that `state` or optim.adam.Adam returned."""
        moments = [*self._means, *self._squares]
        for own, given in zip(moments, state, strict=False):
            own[index].copy_(given.flatten())
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
    """Take one step in place; the first four are (P, n), the others (P, 1)."""
    new_mean = BETA_1 * mean + (1 - BETA_1) * gradient
    new_square = BETA_2 * square + (1 - BETA_2) * gradient * gradient
    new_parameter = parameter - rates * new_mean / (new_square.sqrt() / scales + EPSILON)
    # Chosen, not multiplied by 0: what stands still may hold NaN where it would have moved to.
    mean.copy_(torch.where(active, new_mean, mean))
    square.copy_(torch.where(active, new_square, square))
    parameter.copy_(torch.where(active, new_parameter, parameter))

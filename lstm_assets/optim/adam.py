"""The Adam optimizer, one fused kernel per step.

Source: Kingma & Ba (2015), arXiv:1412.6980, algorithm 1, with its default constants.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """Updates float32 parameters exactly as torch.optim.Adam(fused=True) does, bit by bit.

    It replaces torch.optim.Adam because creating one of those imports torch's compiler, which is
    not used here. The import would take two seconds at every worker's start.
    """

    def __init__(self, parameters: Iterable[Tensor], learning_rate: float) -> None:
        self._parameters = list(parameters)
        self._learning_rate = learning_rate
        self._means = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._squares = [torch.zeros_like(parameter) for parameter in self._parameters]
        self._steps = [torch.zeros(()) for _ in self._parameters]

    def state(self) -> list[Tensor]:
        """Return everything the next step depends on, except the parameters and gradients.

        These are the means, squares and step counts, in the order of the parameters.
        """
        return [*self._means, *self._squares, *self._steps]

    def set_state(self, state: list[Tensor]) -> None:
        """Set the state to one that `state` returned."""
        for tensor, new in zip(self.state(), state, strict=True):
            tensor.copy_(new)

    def zero_grad(self) -> None:
        """Drop the gradients. Otherwise the next backward pass would add to them."""
        for parameter in self._parameters:
            parameter.grad = None

    def step(self) -> None:
        """Update the parameters from their gradients."""
        with torch.no_grad():
            torch._foreach_add_(self._steps, 1)
            torch._fused_adam_(
                self._parameters,
                [p.grad for p in self._parameters if p.grad is not None],
                self._means,
                self._squares,
                [],
                self._steps,
                lr=self._learning_rate,
                beta1=BETA_1,
                beta2=BETA_2,
                weight_decay=0.0,
                eps=EPSILON,
                amsgrad=False,
                maximize=False,
            )

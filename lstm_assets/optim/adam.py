"""The Adam optimizer, one fused kernel a step.

Source: Kingma & Ba (2015), arXiv:1412.6980, algorithm 1, with its default constants.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-8


class Adam:
    """What torch.optim.Adam(fused=True) does to float32 parameters, bit by bit.

    Its own class, because making a torch.optim.Adam imports torch's compiler: two seconds of every
    worker's start, for something that is not used here.
    """

    def __init__(self, parameters: Iterable[Tensor], learning_rate: float) -> None:
        self._parameters = list(parameters)
        self._learning_rate = learning_rate
        self._means = [torch.zeros_like(each) for each in self._parameters]
        self._squares = [torch.zeros_like(each) for each in self._parameters]
        self._steps = [torch.zeros(()) for _ in self._parameters]

    def state(self) -> list[Tensor]:
        """Return all that the next step depends on, besides parameters and gradients."""
        return [*self._means, *self._squares, *self._steps]

    def set_state(self, state: list[Tensor]) -> None:
        """Go on from a state that `state` returned."""
        for own, given in zip(self.state(), state, strict=True):
            own.copy_(given)

    def zero_grad(self) -> None:
        """Forget the gradients, so that the next backward pass need not add to them."""
        for parameter in self._parameters:
            parameter.grad = None

    def step(self) -> None:
        """Move the parameters against their gradients."""
        with torch.no_grad():
            torch._foreach_add_(self._steps, 1)
            torch._fused_adam_(
                self._parameters,
                [each.grad for each in self._parameters if each.grad is not None],
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

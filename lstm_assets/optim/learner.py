"""Learners: they train a network, one batch after another."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import torch

from lstm_assets.optim.loss import batch_loss
from lstm_assets.optim.optimizers import optimizer_for

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lstm_assets.optim.settings import LearnerSettings


class Learner(ABC):
    """Trains one network: its optimizer lowers the loss, one step per batch.

    The weights change in place in the network's module, which can be scored and stored at any time.
    """

    @abstractmethod
    def learn(self, windows: Tensor) -> float:
        """Take one optimizer step for each batch of these windows, in this order.

        Args:
            windows: indices of the windows, shape (n,), int64; the last batch may be smaller.

        Returns:
            Sum of the losses of all windows, each computed before the step that uses the window.
        """

    @abstractmethod
    def state(self) -> list[Tensor]:
        """Return everything the next step depends on, except the weights; see Adam.state."""

    @abstractmethod
    def set_state(self, state: list[Tensor]) -> None:
        """Set the state to one that any learner of this network returned."""


class TorchLearner(Learner):
    """Trains any torch module with torch's autograd."""

    def __init__(self, module: nn.Module, x: Tensor, y: Tensor, settings: LearnerSettings) -> None:
        """Create a learner.

        Args:
            module: the module to train; maps (B, L, C) to (B, horizon).
            x: windows, shape (W, L, C), float32.
            y: targets of the windows, shape (W, horizon), float32.
            settings: how to train it. The number of epochs is not used: the caller counts them.
        """
        self._module, self._x, self._y = module, x, y
        self._batch_size = settings.batch_size
        self._optimizer = optimizer_for(module.parameters(), settings)

    def learn(self, windows: Tensor) -> float:
        """Take one optimizer step for each batch; see Learner."""
        total = torch.zeros(())
        for batch in windows.split(self._batch_size):
            self._optimizer.zero_grad()
            loss = batch_loss(self._module(self._x[batch]), self._y[batch])
            loss.backward()
            self._optimizer.step()
            total += loss.detach() * len(batch)
        return total.item()

    def state(self) -> list[Tensor]:
        """Return the optimizer's state; see Learner."""
        return self._optimizer.state()

    def set_state(self, state: list[Tensor]) -> None:
        """Set the optimizer's state; see Learner."""
        self._optimizer.set_state(state)

"""What trains a network, one batch after another."""

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
    """A network in training: its optimizer lowers its loss, one step a batch.

    Its module's weights change in place, so that they can be scored and stored at any time.
    """

    @abstractmethod
    def learn(self, windows: Tensor) -> float:
        """Take a step for each batch of these windows, in this order.

        Args:
            windows: indices (n,), int64; the last batch is as small as it comes.

        Returns:
            The sum over windows of each one's loss when it was its turn.
        """

    @abstractmethod
    def state(self) -> list[Tensor]:
        """Return all that the next step depends on, besides the weights; see Adam.state."""

    @abstractmethod
    def set_state(self, state: list[Tensor]) -> None:
        """Go on from a state that any learner of this network returned."""


class TorchLearner(Learner):
    """Trains any torch module by its own autograd."""

    def __init__(self, module: nn.Module, x: Tensor, y: Tensor, settings: LearnerSettings) -> None:
        """Make a learner.

        Args:
            module: what it trains; maps (B, L, C) to (B, horizon).
            x: windows, shape (W, L, C), float32.
            y: their targets, shape (W, horizon), float32.
            settings: how it learns; its caller counts the epochs.
        """
        self._module, self._x, self._y = module, x, y
        self._batch_size = settings.batch_size
        self._optimizer = optimizer_for(module.parameters(), settings)

    def learn(self, windows: Tensor) -> float:
        """See Learner."""
        total = torch.zeros(())
        for batch in windows.split(self._batch_size):
            self._optimizer.zero_grad()
            loss = batch_loss(self._module(self._x[batch]), self._y[batch])
            loss.backward()
            self._optimizer.step()
            total += loss.detach() * len(batch)
        return total.item()

    def state(self) -> list[Tensor]:
        """See Learner."""
        return self._optimizer.state()

    def set_state(self, state: list[Tensor]) -> None:
        """See Learner."""
        self._optimizer.set_state(state)

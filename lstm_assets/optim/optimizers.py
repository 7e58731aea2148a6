"""Which optimizer moves the weights: one network's, or those of many side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import Tensor

from lstm_assets.optim.adam import Adam
from lstm_assets.optim.settings import LearnerSettings
from lstm_assets.optim.stacked_adam import StackedAdam


def optimizer_for(parameters: Iterable[Tensor], settings: LearnerSettings) -> Adam:
    """Make the optimizer of one network, at its first step.

    Args:
        parameters: of the network.
        settings: how it learns.
    """
    return Adam(parameters, settings.learning_rate)


def stacked_optimizer_for(
    parameters: Sequence[Tensor], settings: Sequence[LearnerSettings]
) -> StackedAdam:
    """Make the optimizer of many networks, at its first step.

    It moves each network as `optimizer_for` its settings does, and either goes on from the state of
    the other.

    Args:
        parameters: each of shape (P, ...), contiguous.
        settings: how each network learns, P of them.
    """
    return StackedAdam(parameters, [each.learning_rate for each in settings])

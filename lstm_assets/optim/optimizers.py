"""Which optimizer updates the weights of one network, or of many networks at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import Tensor

from lstm_assets.optim.adam import Adam
from lstm_assets.optim.settings import LearnerSettings
from lstm_assets.optim.stacked_adam import StackedAdam


def optimizer_for(parameters: Iterable[Tensor], settings: LearnerSettings) -> Adam:
    """Return the optimizer of one network, before its first step.

    Args:
        parameters: the network's parameters.
        settings: how it is trained.
    """
    return Adam(parameters, settings.learning_rate)


def stacked_optimizer_for(
    parameters: Sequence[Tensor], settings: Sequence[LearnerSettings]
) -> StackedAdam:
    """Return the optimizer of many networks, before its first step.

    It updates each network as the optimizer that `optimizer_for` returns for the network's
    settings. Each of the two can continue from the state of the other.

    Args:
        parameters: each of shape (P, ...), contiguous.
        settings: how each network is trained, P of them.
    """
    return StackedAdam(parameters, [network.learning_rate for network in settings])

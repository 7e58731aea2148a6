"""A network in training: all that its next step depends on, except the order of its windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lstm_assets.optim.settings import LearnerSettings


@dataclass(frozen=True, slots=True)
class State:
    """A network's weights and its optimizer's state, on the CPU."""

    weights: dict[str, Tensor]  # by parameter name
    optimizer: list[Tensor]  # as optim.adam.Adam.state returns it

    @classmethod
    def first(cls, module: nn.Module, settings: LearnerSettings) -> State:
        """Return the state of a network before its first step."""
        from lstm_assets.optim.optimizers import optimizer_for

        return cls(module.state_dict(), optimizer_for(module.parameters(), settings).state())

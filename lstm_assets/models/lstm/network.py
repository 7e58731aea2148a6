"""Two stacked LSTM layers and a linear head on the last step.

Source: Hochreiter & Schmidhuber (1997), doi:10.1162/neco.1997.9.8.1735, in the gate order and
initialization of torch.nn.LSTM.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from lstm_assets.common.fields import Whole
from lstm_assets.models.network import Network, Stacked

if TYPE_CHECKING:
    from torch import Tensor, nn

    from lstm_assets.optim.learner import Learner
    from lstm_assets.optim.settings import LearnerSettings


class Lstm(Network):
    """LSTM(C -> size_unit_input) -> LSTM(-> size_unit_hidden) -> linear(-> size_unit_output).

    C is the number of input columns.
    """

    version: ClassVar[str] = "lstm-1"
    horizon_name: ClassVar[str] = "size_unit_output"  # the head has one unit per bar
    typical: ClassVar[Mapping[str, Any]] = {"size_unit_input": 64, "size_unit_hidden": 64}

    size_unit_input: Whole = Field(ge=1, description="whole units from 1", examples=[[50, 64]])
    size_unit_hidden: Whole = Field(ge=1, description="whole units from 1", examples=[[64, 128]])
    size_unit_output: Whole = Field(ge=1, description="whole bars from 1", examples=[[1]])

    def products(self, size_sequence: int, columns: int) -> int:
        """Return the multiply-adds of one window's forward pass: four gates per layer and step."""
        units, hidden = self.size_unit_input, self.size_unit_hidden
        step = 4 * units * (columns + units) + 4 * hidden * (units + hidden)
        return size_sequence * step + hidden * self.size_unit_output

    def numbers_kept(self, size_sequence: int, columns: int) -> int:
        """Return how many numbers a training step keeps of one window; see Network.numbers_kept.

        For each unit and bar these are its gates, cell and state, their sums and their gradients.
        """
        return 20 * size_sequence * (self.size_unit_input + self.size_unit_hidden)

    def stacked(self, columns: int) -> Stacked:
        """Return models.lstm.stacked.forecast, for any number of columns; see Network.stacked."""
        from lstm_assets.models.lstm.stacked import forecast

        return forecast

    def build(self, columns: int) -> nn.Module:
        """Return a new torch module; see Network.build."""
        from torch import nn

        settings = self

        class LstmNetwork(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                units, hidden = settings.size_unit_input, settings.size_unit_hidden
                self.input = nn.LSTM(columns, units, batch_first=True)
                self.hidden = nn.LSTM(units, hidden, batch_first=True)
                self.output = nn.Linear(hidden, settings.size_unit_output)

            def forward(self, x: Tensor) -> Tensor:
                x, _ = self.input(x)  # (B, L, units)
                x, _ = self.hidden(x)  # (B, L, hidden)
                forecast: Tensor = self.output(x[:, -1])  # (B, horizon)
                return forecast

        return LstmNetwork()

    def learner(
        self, module: nn.Module, x: Tensor, y: Tensor, settings: LearnerSettings
    ) -> Learner:
        """Return the learner of a module of `build`; see Network.learner.

        Compiled steps train a network with one input column, and torch's autograd any other.
        """
        if x.shape[-1] != 1:
            return super().learner(module, x, y, settings)
        from lstm_assets.models.lstm.compiled.learner import LstmLearner

        return LstmLearner(module, x, y, settings)

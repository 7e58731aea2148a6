"""One cell in plain PyTorch: what the contenders that bring no training of their own call.

Batches are rows of a permuted index, since a DataLoader costs more than so small a step.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from lstm_assets.cells.values import Values
from lstm_assets.data.windows import Floats
from lstm_assets_tests.benchmarks.job import Job, Score


class TwoLstms(nn.Module):
    """Two stacked LSTMs, and a linear head on the last step."""

    def __init__(self, cell: Values) -> None:
        super().__init__()
        units, hidden = cell["size_unit_input"], cell["size_unit_hidden"]
        self.input = nn.LSTM(1, units, batch_first=True)
        self.hidden = nn.LSTM(units, hidden, batch_first=True)
        self.output = nn.Linear(hidden, cell["size_unit_output"])

    def forward(self, x: Tensor) -> Tensor:
        x, _ = self.input(x)  # (B, L, units)
        x, _ = self.hidden(x)  # (B, L, hidden)
        forecast: Tensor = self.output(x[:, -1])  # (B, horizon)
        return forecast


def train_cell(job: Job, cell: Values) -> Score:
    torch.manual_seed(0)
    model = TwoLstms(cell)
    optimizer = torch.optim.Adam(model.parameters(), lr=cell["learning_rate"])
    x, y = (torch.from_numpy(windows) for windows in job.windows(cell))
    for _ in range(cell["epoch"]):
        for batch in torch.randperm(len(x)).split(cell["batch_size"]):
            optimizer.zero_grad()
            mse_loss(model(x[batch]), y[batch]).backward()
            optimizer.step()

    def predict(windows: Floats) -> Floats:
        with torch.no_grad():
            forecasts = model(torch.from_numpy(windows).float())
        return np.asarray(forecasts.numpy(), np.float64)

    return job.score(cell, predict)

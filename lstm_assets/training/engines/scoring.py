"""How a trained network becomes the result of its cells."""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from lstm_assets.data.windows import Floats, Split
from lstm_assets.errors import DivergedError
from lstm_assets.evaluation.scores import Predict, score
from lstm_assets.training.events import CellTrained
from lstm_assets.training.model_file import to_bytes
from lstm_assets.training.series import TrainingSeries
from lstm_assets.training.trajectory import Trajectory

if TYPE_CHECKING:
    from torch import Tensor, nn


def finished_cells(
    trajectory: Trajectory,
    module: nn.Module,
    losses: Sequence[float],
    seconds: float,
    series: TrainingSeries,
    split: Split,
) -> Iterator[CellTrained]:
    """Score the cells of a trajectory whose epoch has come.

    Args:
        trajectory: whose cells.
        module: its network as trained so far.
        losses: training loss of each epoch done, in window units squared.
        seconds: of training so far.
        series: the study's prices.
        split: where they are cut for this trajectory.

    Raises:
        DivergedError: the forecasts are not finite.
    """
    codes = [code for last, code in trajectory.cells if last == len(losses)]
    if not codes:
        return
    scores = score(predictor(module), series.prices, split)
    if not (math.isfinite(scores.loss) and math.isfinite(scores.mse)):
        raise DivergedError(
            f"the forecasts after epoch {len(losses)} are not finite. "
            "Lower learning_rate for this cell."
        )
    weights = to_bytes(trajectory.model, trajectory.network.model_dump(), module)
    for code in codes:
        yield CellTrained(
            code=code, scores=scores, losses=tuple(losses), seconds=seconds, weights=weights
        )


def predictor(module: nn.Module) -> Predict:
    """Return a function that forecasts with a trained network, in float64, on the device it is on.

    It maps windows (W, L, C) to forecasts (W, horizon).

    The weights are float32 as trained; the sums are not, so that anyone who recomputes a score
    from the model file and the prices comes to the same figure.
    """
    import torch

    double = copy.deepcopy(module).double().eval()
    device = next(double.parameters()).device

    def predict(windows: Floats) -> Floats:
        with torch.no_grad():
            forecasts: Tensor = double(torch.from_numpy(windows).to(device))
        return np.asarray(forecasts.cpu().numpy(), dtype=np.float64)

    return predict

"""Score a trained network, and forecast with it."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING

import numpy as np

from lstm_assets.data.windows import Floats, Split
from lstm_assets.errors import DivergedError
from lstm_assets.evaluation.scores import Predict, Scores, score
from lstm_assets.training.series import TrainingSeries

if TYPE_CHECKING:
    from torch import Tensor, nn


def finite_scores(module: nn.Module, series: TrainingSeries, split: Split, epoch: int) -> Scores:
    """Return the scores of a network.

    Args:
        module: the trained network.
        series: the study's prices.
        split: how the prices are cut for this cell.
        epoch: number of epochs trained, for the error message.

    Raises:
        DivergedError: the forecasts are not finite.
    """
    scores = score(predictor(module), series.prices, split)
    if not (math.isfinite(scores.loss) and math.isfinite(scores.mse)):
        raise DivergedError(
            f"the forecasts after epoch {epoch} are not finite. Lower learning_rate for this cell."
        )
    return scores


def predictor(module: nn.Module) -> Predict:
    """Return a function that forecasts with a trained network, in float64, on the network's device.

    It maps windows (W, L, C) to forecasts (W, horizon).

    The weights are float32, as trained. The sums are float64, so anyone can recompute a score from
    the model file and the prices and get the same number.
    """
    import torch

    double = copy.deepcopy(module).double().eval()
    device = next(double.parameters()).device

    def predict(windows: Floats) -> Floats:
        with torch.no_grad():
            forecasts: Tensor = double(torch.from_numpy(windows).to(device))
        return np.asarray(forecasts.cpu().numpy(), dtype=np.float64)

    return predict

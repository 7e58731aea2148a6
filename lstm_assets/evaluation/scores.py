"""The three numbers a trained cell is stored with, and the forecasts they are taken of.

Arrays in, floats out: what predicts is a function here, so any network is scored the same way.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lstm_assets.data.windows import Floats, Split, in_prices, inputs, scale, targets
from lstm_assets.evaluation.metrics import (
    direction_accuracy,
    last_seen,
    mean_squared_error,
    per_evaluation_bar,
)

Predict = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Scores:
    """LOSS, ACCURACY and MSE of one cell."""

    loss: float  # mean squared error over the test windows, in window units squared
    accuracy: float  # share of evaluation bars whose direction was right, 0 to 1; NaN if none moved
    mse: float  # mean squared error over the evaluation bars, in price units squared


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The scores of one cell, and its forecast of each evaluation bar."""

    scores: Scores
    actual: Floats  # prices, shape (E,), oldest first
    predicted: Floats  # same shape and unit, as the next
    naive: Floats


def score(predict: Predict, series: Floats, split: Split) -> Scores:
    """Score a trained network; see `evaluate`."""
    return evaluate(predict, series, split).scores


def evaluate(predict: Predict, series: Floats, split: Split) -> Evaluated:
    """Score a trained network, and keep what it said of the evaluation bars.

    Args:
        predict: windows (W, size_sequence, C) -> forecasts (W, horizon), both in window units.
        series: prices, shape (n,), oldest first.
        split: where the series was cut for this cell.
    """
    origins = np.union1d(split.test_origins, split.evaluation_origins)
    forecasts = predict(inputs(series, origins, split.size_sequence))  # (W, horizon)

    tested = forecasts[np.isin(origins, split.test_origins)]
    actual = targets(series, split.test_origins, split.size_sequence, split.horizon)

    prices = in_prices(forecasts, scale(series, origins, split.size_sequence))
    evaluated = prices[np.isin(origins, split.evaluation_origins)]
    predicted, naive = per_evaluation_bar(evaluated, split), last_seen(series, split)
    bars = series[split.evaluation_start :]

    scores = Scores(
        loss=mean_squared_error(actual, tested),
        accuracy=direction_accuracy(bars, predicted, naive),
        mse=mean_squared_error(bars, predicted),
    )
    return Evaluated(scores, bars, predicted, naive)

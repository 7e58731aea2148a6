"""The scores of a trained cell, and the forecasts that are scored.

Arrays in, floats out. A network is only a function here, so every network is scored the same way.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lstm_assets.data.windows import (
    Floats,
    Origins,
    Split,
    in_prices,
    in_window_units,
    inputs,
    scale,
    targets,
)
from lstm_assets.evaluation.metrics import (
    direction_accuracy,
    last_seen,
    mean_squared_error,
    per_evaluation_bar,
    relative_mean_squared_error,
)

Predict = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Scores:
    """LOSS, ACCURACY, MSE and RELATIVE_MSE of one cell."""

    loss: float  # mean squared error over the test windows, in window units squared
    accuracy: float  # share of evaluation bars with the right direction, 0 to 1; NaN if none moved
    mse: float  # mean squared error over the evaluation bars, in price units squared
    relative_mse: float  # the same of errors divided by the last seen price, unitless


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The scores of one cell, and its forecast of each evaluation bar."""

    scores: Scores
    actual: Floats  # prices, shape (E,), oldest first
    predicted: Floats  # same shape and unit
    naive: Floats  # same shape and unit


def score(predict: Predict, series: Floats, split: Split) -> Scores:
    """Return the scores of a trained network; see `evaluate`."""
    return evaluate(predict, series, split).scores


def evaluate(predict: Predict, series: Floats, split: Split) -> Evaluated:
    """Return the scores of a trained network, and its forecast of each evaluation bar.

    Args:
        predict: maps windows (W, size_sequence, C) to forecasts (W, horizon), both in window units.
        series: prices, shape (n,), oldest first.
        split: how the series is cut for this cell.
    """
    origins = scored_origins(split)
    forecasts = predict(inputs(series, origins, split.size_sequence))  # (W, horizon)
    prices = in_prices(forecasts, scale(series, origins, split.size_sequence))
    return _evaluated(forecasts, prices, series, split)


def scored_origins(split: Split) -> Origins:
    """Return the origins of all windows that score a cell, in order."""
    return np.union1d(split.test_origins, split.evaluation_origins)


def evaluate_prices(forecasts: Floats, series: Floats, split: Split) -> Evaluated:
    """Return what `evaluate` does, of a forecast that is no network.

    Args:
        forecasts: prices, shape (W, horizon), a window for each of `scored_origins`.
        series: prices, shape (n,), oldest first.
        split: how the series is cut for the cells that it is compared with.
    """
    unit = scale(series, scored_origins(split), split.size_sequence)
    return _evaluated(in_window_units(forecasts, unit), forecasts, series, split)


def _evaluated(scaled: Floats, prices: Floats, series: Floats, split: Split) -> Evaluated:
    """Return the scores of forecasts in window units and as prices, both (W, horizon)."""
    origins = scored_origins(split)
    tested = scaled[np.isin(origins, split.test_origins)]
    actual = targets(series, split.test_origins, split.size_sequence, split.horizon)
    evaluated = prices[np.isin(origins, split.evaluation_origins)]
    predicted, naive = per_evaluation_bar(evaluated, split), last_seen(series, split)
    bars = series[split.evaluation_start :]

    scores = Scores(
        loss=mean_squared_error(actual, tested),
        accuracy=direction_accuracy(bars, predicted, naive),
        mse=mean_squared_error(bars, predicted),
        relative_mse=relative_mean_squared_error(bars, predicted, naive),
    )
    return Evaluated(scores, bars, predicted, naive)

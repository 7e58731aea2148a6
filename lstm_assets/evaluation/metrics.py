"""Score a cell's forecasts, and the naive forecast, on the evaluation bars.

Arrays in, floats out: no Dagster, SQL or torch in this module.
"""

import numpy as np

from lstm_assets.data.windows import Floats, Split


def mean_squared_error(actual: Floats, predicted: Floats) -> float:
    """Return the mean of (actual - predicted)^2, in their unit squared; both have one shape."""
    return float(np.mean((actual - predicted) ** 2))


def relative_mean_squared_error(actual: Floats, predicted: Floats, last_seen: Floats) -> float:
    """Return the mean of ((actual - predicted) / last_seen)^2, unitless.

    High bars count as much as low ones, so the newest part of a series that grew does not decide.

    Args:
        actual: prices, shape (E,).
        predicted: forecasts, same shape and unit.
        last_seen: the last bar each forecast had seen, same shape and unit.
    """
    return float(np.mean(((actual - predicted) / last_seen) ** 2))


def direction_accuracy(actual: Floats, predicted: Floats, last_seen: Floats) -> float:
    """Return the share of bars with a correctly predicted direction, 0 to 1.

    The direction of a bar is the sign of its price minus the last bar that its forecast had seen.
    Bars that did not move are left out. For a bar that moved, a forecast of no move is wrong.

    Args:
        actual: prices, shape (E,).
        predicted: forecasts, same shape and unit.
        last_seen: the last bar each forecast had seen, same shape and unit.

    Returns:
        Unitless; NaN if no bar moved.
    """
    moved = actual != last_seen
    if not moved.any():
        return float("nan")
    right = np.sign(predicted - last_seen) == np.sign(actual - last_seen)
    return float(right[moved].mean())


def last_seen(series: Floats, split: Split) -> Floats:
    """Return the naive forecast: the last price before the window of each evaluation bar, (E,)."""
    return per_evaluation_bar(
        np.repeat(series[split.evaluation_origins - 1][:, None], split.horizon, axis=1), split
    )


def per_evaluation_bar(forecasts: Floats, split: Split) -> Floats:
    """Return the forecast of each evaluation bar, from the forecasts of the evaluation windows.

    Args:
        forecasts: shape (len(split.evaluation_origins), horizon).
        split: how the series is cut.

    Returns:
        Shape (E,): one forecast per evaluation bar, oldest first.
    """
    return forecasts.reshape(-1)[: split.bars - split.evaluation_start]


def naive_relative_mse(series: Floats, split: Split) -> float:
    """Return the relative MSE of the naive forecast over the evaluation bars, unitless."""
    naive = last_seen(series, split)
    return relative_mean_squared_error(series[split.evaluation_start :], naive, naive)


def naive_mse(series: Floats, split: Split) -> float:
    """Return the MSE of the naive forecast over the evaluation bars, in price units squared."""
    return mean_squared_error(series[split.evaluation_start :], last_seen(series, split))

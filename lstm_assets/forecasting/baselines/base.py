"""What every simple forecast has in common.

Its parameters are fitted to the training part only. Its forecast of a window uses the prices before
the window, as a cell's does, and nothing is fitted again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np

from lstm_assets.data.windows import Floats, Origins, Split
from lstm_assets.errors import NotFittedError
from lstm_assets.evaluation.metrics import per_evaluation_bar

FEWEST_BARS = 10  # of the training part; with fewer, an AR(2) or an ETS has too little to fit


class Fitted(Protocol):
    """A simple forecast with its parameters."""

    def forecast(self, prices: Floats, origins: Origins, horizon: int) -> Floats:
        """Return the forecasts of windows, shape (len(origins), horizon), in price units.

        Args:
            prices: shape (n,), oldest first; those from an origin on do not matter to its window.
            origins: positions of the first forecast bars.
            horizon: bars that a window forecasts.
        """


@dataclass(frozen=True, slots=True)
class TrainingPart:
    """What simple forecasts are fitted to."""

    prices: Floats  # shape (cut,), oldest first, in price units
    look_back: int  # bars that a cell's window sees
    horizon: int  # bars that a cell's window forecasts


Fit: TypeAlias = Callable[[TrainingPart], Fitted]  # a kind of simple forecast

_REFUSALS = (ValueError, ArithmeticError, np.linalg.LinAlgError, IndexError)


def fitted(fit: Fit, part: TrainingPart) -> Fitted:
    """Return a simple forecast, fitted.

    Raises:
        NotFittedError: the training part is too short, or has no moves to fit.
    """
    if len(part.prices) < max(FEWEST_BARS, part.look_back + part.horizon + 1):
        raise NotFittedError(f"{len(part.prices)} bars are too few to fit it")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a fit that ends without converging: it is judged
        try:
            found = fit(part)
            trial = found.forecast(part.prices, np.array([len(part.prices)]), part.horizon)
        except _REFUSALS as error:
            raise NotFittedError(f"it cannot be fitted: {error}") from error
    if not np.isfinite(trial).all():
        raise NotFittedError("its forecasts are not finite")
    return found


def forecast_bars(found: Fitted, prices: Floats, start: int, split: Split) -> Floats:
    """Return the forecast of each bar from `start` on, by windows one horizon apart, shape (n,).

    Args:
        found: the forecast.
        prices: shape (start + n,), oldest first, in price units.
        start: position of the first forecast bar.
        split: of the cells that it is compared with; their look-back and horizon.
    """
    held = Split(len(prices), split.size_sequence, split.horizon, cut=start, evaluation_start=start)
    forecasts = found.forecast(prices, held.evaluation_origins, split.horizon)
    return per_evaluation_bar(forecasts, held)


def moves(prices: Floats) -> Floats:
    """Return the relative move of each bar but the first, unitless, shape (n - 1,)."""
    relative: Floats = prices[1:] / prices[:-1] - 1
    return relative


def last_prices(prices: Floats, origins: Origins, horizon: int) -> Floats:
    """Return the last price before each window, shape (len(origins), horizon)."""
    return np.repeat(prices[origins - 1][:, None], horizon, axis=1)

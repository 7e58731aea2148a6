"""The last price, and drift: the price goes on as it stood, or as it moved on average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_assets.data.windows import Floats, Origins
from lstm_assets.forecasting.baselines.base import TrainingPart, last_prices, moves


@dataclass(frozen=True, slots=True)
class Steady:
    """Each bar ahead moves as much."""

    move: float  # of one bar, as a share of the last price

    def forecast(self, prices: Floats, origins: Origins, horizon: int) -> Floats:
        """Return the forecasts of windows; see Fitted."""
        ahead = np.arange(1, horizon + 1)
        forecasts: Floats = last_prices(prices, origins, horizon) * (1 + self.move * ahead)
        return forecasts


def fit_last_price(part: TrainingPart) -> Steady:
    """Return the naive forecast, which has nothing to fit."""
    return Steady(0.0)


def fit_drift(part: TrainingPart) -> Steady:
    """Return the forecast that adds the mean move of the training part.

    Source: Hyndman & Athanasopoulos (2021), Forecasting: principles and practice, 3rd edition,
    section 5.2 (drift method), here of relative moves
    """
    return Steady(float(moves(part.prices).mean()))

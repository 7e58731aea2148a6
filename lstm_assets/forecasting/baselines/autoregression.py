"""AR(p) of the relative moves, with a constant, by least squares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_assets.data.windows import Floats, Origins
from lstm_assets.forecasting.baselines.base import TrainingPart, last_prices, moves


@dataclass(frozen=True, slots=True)
class Autoregression:
    """The next move is linear in the last ones."""

    constant: float
    weights: Floats  # shape (p,), of the newest move first

    def forecast(self, prices: Floats, origins: Origins, horizon: int) -> Floats:
        """Return the forecasts of windows, each move forecast from those before; see Fitted."""
        back = np.arange(1, len(self.weights) + 1)
        at = origins[:, None] - back
        lags = prices[at] / prices[at - 1] - 1  # (W, p), the newest first
        forecasts = last_prices(prices, origins, horizon)
        growth = np.ones(len(origins))
        for step in range(horizon):
            move = self.constant + lags @ self.weights
            growth = growth * (1 + move)
            forecasts[:, step] *= growth
            lags = np.column_stack([move, lags[:, :-1]])
        return forecasts


def fit_autoregression(part: TrainingPart, order: int) -> Autoregression:
    """Return AR(order), fitted by conditional least squares.

    Source: Hamilton (1994), Time Series Analysis, section 5.2 (conditional maximum likelihood of a
    Gaussian AR(p) is ordinary least squares)
    """
    series = moves(part.prices)
    count = len(series) - order
    lags = np.column_stack([series[order - k : order - k + count] for k in range(1, order + 1)])
    design = np.column_stack([np.ones(count), lags])
    found = np.linalg.lstsq(design, series[order:], rcond=None)[0].astype(np.float64)
    return Autoregression(float(found[0]), found[1:])


def fit_ar1(part: TrainingPart) -> Autoregression:
    """Return AR(1)."""
    return fit_autoregression(part, 1)


def fit_ar2(part: TrainingPart) -> Autoregression:
    """Return AR(2)."""
    return fit_autoregression(part, 2)

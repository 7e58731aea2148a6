"""Exponential smoothing: a level and a trend that follow the price."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_assets.data.windows import Floats, Origins
from lstm_assets.forecasting.baselines.base import TrainingPart


@dataclass(frozen=True, slots=True)
class Smoothing:
    """ETS(A, Ad, N) of the logarithm of the price; without a trend, `beta` and `trend` are 0."""

    alpha: float  # how much of an error the level takes
    beta: float  # how much of it the trend takes
    phi: float  # by how much the trend is damped each bar; 1: not at all
    level: float  # before the first bar
    trend: float  # before the first bar

    def forecast(self, prices: Floats, origins: Origins, horizon: int) -> Floats:
        """Return the forecasts of windows from the states before each; see Fitted."""
        levels, trends = self._states(prices[: origins.max()])
        damped = np.cumsum(self.phi ** np.arange(1, horizon + 1))
        logs = levels[origins][:, None] + trends[origins][:, None] * damped
        forecasts: Floats = np.exp(logs)
        return forecasts

    def _states(self, prices: Floats) -> tuple[Floats, Floats]:
        """Return level and trend before each bar and after the last, shape (n + 1,) each."""
        levels, trends = np.empty(len(prices) + 1), np.empty(len(prices) + 1)
        level, trend = self.level, self.trend
        levels[0], trends[0] = level, trend
        for at, price in enumerate(np.log(prices).tolist(), start=1):
            ahead = level + self.phi * trend
            error = price - ahead
            level, trend = ahead + self.alpha * error, self.phi * trend + self.beta * error
            levels[at], trends[at] = level, trend
        return levels, trends


def fit_ets(part: TrainingPart) -> Smoothing:
    """Return the one of three kinds with the smallest AICc: no trend, a trend, a damped trend.

    Source: Hyndman, Koehler, Ord & Snyder (2008), Forecasting with Exponential Smoothing, tables
    2.2 and 2.3 (states) and section 7.2 (choice by an information criterion)
    """
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    logs = np.log(part.prices)
    kinds = ((None, False), ("add", False), ("add", True))
    fits = [
        ETSModel(logs, error="add", trend=trend, damped_trend=damped).fit(disp=False)
        for trend, damped in kinds
    ]
    found = min(fits, key=lambda each: float(each.aicc))
    values = dict(zip(found.model.param_names, found.params, strict=True))
    return Smoothing(
        alpha=float(values["smoothing_level"]),
        beta=float(values.get("smoothing_trend", 0.0)),
        phi=float(values.get("damping_trend", 1.0)),
        level=float(values["initial_level"]),
        trend=float(values.get("initial_trend", 0.0)),
    )

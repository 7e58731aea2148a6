"""The theta method: exponential smoothing with half the slope of the training part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_assets.data.windows import Floats, Origins
from lstm_assets.forecasting.baselines.base import TrainingPart

SMALLEST_ALPHA = 1e-4  # the level lags behind by 1 / alpha bars


@dataclass(frozen=True, slots=True)
class Theta:
    """Two lines: the straight one of the training part, and one twice as bent, smoothed."""

    alpha: float  # how much of an error the level takes
    slope: float  # of the straight line, price units a bar

    def forecast(self, prices: Floats, origins: Origins, horizon: int) -> Floats:
        """Return the forecasts of windows from the level before each; see Fitted."""
        levels = np.empty(int(origins.max()) + 1)
        level = levels[0] = levels[1] = float(prices[0])
        for at, price in enumerate(prices[1 : origins.max()].tolist(), start=2):
            level += self.alpha * (price - level)
            levels[at] = level
        ahead = np.arange(horizon)
        lag = (1 - (1 - self.alpha) ** origins[:, None]) / self.alpha
        forecasts: Floats = levels[origins][:, None] + self.slope / 2 * (ahead + lag)
        return forecasts


def fit_theta(part: TrainingPart) -> Theta:
    """Return the theta method with two lines, not adjusted for seasons: markets have none here.

    Source: Assimakopoulos & Nikolopoulos (2000), The theta model, International Journal of
    Forecasting 16(4):521-530; Hyndman & Billah (2003), Unmasking the Theta method, International
    Journal of Forecasting 19(2):287-290 (smoothing with a drift of half the slope)
    """
    from statsmodels.tsa.holtwinters import SimpleExpSmoothing

    slope = float(np.polyfit(np.arange(len(part.prices)), part.prices, 1)[0])
    smoothing = SimpleExpSmoothing(
        part.prices, initialization_method="known", initial_level=float(part.prices[0])
    )
    alpha = float(smoothing.fit().params["smoothing_level"])
    return Theta(max(alpha, SMALLEST_ALPHA), slope)

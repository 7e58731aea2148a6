"""NLinear: the bars ahead are linear in the look-back, less its last bar."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_assets.data.windows import Floats, Origins, ahead, look_backs
from lstm_assets.forecasting.baselines.base import TrainingPart, last_prices


@dataclass(frozen=True, slots=True)
class NLinear:
    """One linear layer."""

    look_back: int  # bars
    weights: Floats  # shape (look_back, horizon): of the constant first, then oldest bar first

    def forecast(self, prices: Floats, origins: Origins, horizon: int) -> Floats:
        """Return the forecasts of windows; see Fitted. `horizon` is the one that was fitted."""
        design = _design(prices, origins, self.look_back)
        last = last_prices(prices, origins, horizon)
        forecasts: Floats = last * (1 + design @ self.weights)
        return forecasts


def fit_nlinear(part: TrainingPart) -> NLinear:
    """Return the layer with the least squared errors on the training windows.

    Source: Zeng, Chen, Zhang & Xu (2023), Are Transformers Effective for Time Series Forecasting?,
    AAAI 37(9):11121-11128, section 4 (NLinear), here with prices divided by the last one
    """
    origins = np.arange(part.look_back, len(part.prices) - part.horizon + 1)
    last = last_prices(part.prices, origins, part.horizon)
    targets = ahead(part.prices, origins, part.horizon) / last - 1
    design = _design(part.prices, origins, part.look_back)
    weights = np.linalg.lstsq(design, targets, rcond=None)[0].astype(np.float64)
    return NLinear(part.look_back, weights)


def _design(prices: Floats, origins: Origins, look_back: int) -> Floats:
    """Return the input of the layer, shape (W, look_back); the last bar is a constant instead."""
    seen = look_backs(prices, origins, look_back)
    relative = seen[:, :-1] / seen[:, -1:] - 1
    return np.column_stack([np.ones(len(origins)), relative])

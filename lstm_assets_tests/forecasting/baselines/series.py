"""A series to fit simple forecasts to: a helper of tests."""

import numpy as np

from lstm_assets.data.windows import Floats
from lstm_assets.forecasting.baselines.base import TrainingPart

CUT = 250
LOOK_BACK, HORIZON = 6, 3


def walk(bars: int = 320, seed: int = 5) -> Floats:
    """Prices whose moves are an AR(1) of 0.3 around a small drift."""
    rng = np.random.default_rng(seed)
    moves = np.zeros(bars)
    for at in range(1, bars):
        moves[at] = 0.0005 + 0.3 * moves[at - 1] + 0.01 * rng.normal()
    prices: Floats = 100 * np.exp(np.cumsum(moves))
    return prices


def part(prices: Floats, horizon: int = HORIZON) -> TrainingPart:
    """The training part of a series."""
    return TrainingPart(prices[:CUT], LOOK_BACK, horizon)

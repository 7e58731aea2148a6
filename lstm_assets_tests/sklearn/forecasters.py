"""Helper: forecasters that are trained in an instant, and windows for them."""

from typing import Any

from lstm_assets.data.windows import Floats
from lstm_assets.sklearn import Forecaster, windows
from lstm_assets_tests.training.cells import walk

SMALL: dict[str, Any] = {
    "epoch": 2,
    "batch_size": 16,
    "learning_rate": 0.01,
    "size_unit_input": 2,
    "size_unit_hidden": 3,
}


def small(**changes: Any) -> Forecaster:
    """A forecaster with a seed and few weights."""
    return Forecaster(**{**SMALL, "random_state": 0, **changes})


def walk_windows(horizon: int = 1) -> tuple[Floats, Floats]:
    """Windows of 4 bars over a random walk around 100, the same every time."""
    return windows(walk().prices, look_back=4, horizon=horizon)

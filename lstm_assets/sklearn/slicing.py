"""Cut a price series into the X and y of an estimator."""

from __future__ import annotations

import numbers

import numpy as np
from numpy.typing import ArrayLike

from lstm_assets.data.windows import Floats, ahead, look_backs


def windows(prices: ArrayLike, look_back: int, horizon: int = 1) -> tuple[Floats, Floats]:
    """Return the windows of a series and their targets.

    There is a window for each bar with enough bars before and after it. Split the windows with
    `TimeSeriesSplit(gap=horizon)`: then no bar is a target on both sides.

    Args:
        prices: shape (T,), oldest first.
        look_back: number of bars in a window, L.
        horizon: number of targets, which are the bars right after the window.

    Returns:
        X, shape (T - L - horizon + 1, L), oldest bar and oldest window first, and y, the targets:
        shape (T - L - horizon + 1,), or (T - L - horizon + 1, horizon) if horizon is over 1. Both
        are in the unit of `prices`.

    Raises:
        ValueError: `prices` is not a series or too short, or a size is not a whole number from 1.
    """
    series = np.asarray(prices, dtype=np.float64)
    if series.ndim != 1:
        raise ValueError(f"prices has shape {series.shape}, expected one axis: one price per bar.")
    for name, size in (("look_back", look_back), ("horizon", horizon)):
        if not isinstance(size, numbers.Integral) or size < 1:
            raise ValueError(f"{name} is {size!r}, expected whole bars from 1.")
    if len(series) < look_back + horizon:
        raise ValueError(
            f"{len(series)} prices are too few for look_back {look_back} and horizon {horizon}: "
            f"at least {look_back + horizon} are needed."
        )
    origins = np.arange(look_back, len(series) - horizon + 1)
    targets = ahead(series, origins, horizon)
    return look_backs(series, origins, look_back), targets[:, 0] if horizon == 1 else targets

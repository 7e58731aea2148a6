"""From a price series to the X and y of an estimator."""

from __future__ import annotations

import numbers

import numpy as np
from numpy.typing import ArrayLike

from lstm_assets.data.windows import Floats, ahead, look_backs


def windows(prices: ArrayLike, look_back: int, horizon: int = 1) -> tuple[Floats, Floats]:
    """Cut a series into windows, one for each bar that has enough bars before and after it.

    Split them with `TimeSeriesSplit(gap=horizon)`: then no bar is a target on both sides.

    Args:
        prices: shape (T,), oldest first.
        look_back: bars that a window shows, L.
        horizon: bars right after them that are its targets.

    Returns:
        X, shape (T - L - horizon + 1, L), oldest bar and oldest window first, and y, one target bar
        a window: shape (T - L - horizon + 1,), or (T - L - horizon + 1, horizon) for a horizon
        over 1. Both in the unit of `prices`.

    Raises:
        ValueError: `prices` is no series or too short; a size is no whole number from 1.
    """
    series = np.asarray(prices, dtype=np.float64)
    if series.ndim != 1:
        raise ValueError(f"prices has shape {series.shape}, expected one axis: a price a bar.")
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

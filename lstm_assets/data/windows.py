"""Windows over a price series, and where the series is cut for one cell.

Arrays in, arrays out: no Dagster, SQL or torch in this module. A window is `size_sequence`
consecutive bars and the `horizon` target bars right after them; it is known by its origin, the
index of its first target bar. All its prices are divided by its first bar, minus 1: window units.
"""

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lstm_assets.errors import LeakError, TooFewBarsError

Floats = NDArray[np.float64]
Origins = NDArray[np.int64]

PRICES = ("mid", "close")
COLUMNS = 1  # input columns of a window, C: the price


def price_series(bars: pd.DataFrame, price: str) -> Floats:
    """Return the series that cells forecast, shape (n,), in price units.

    Args:
        bars: columns high, low and close, oldest first.
        price: `mid` for (high + low) / 2, or `close`.
    """
    series = (bars["high"] + bars["low"]) / 2 if price == "mid" else bars["close"]
    return series.to_numpy(dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Split:
    """Where a series of `bars` bars is cut for one cell; every index is a bar's."""

    bars: int
    size_sequence: int  # bars a window looks back
    horizon: int  # target bars a window predicts
    cut: int  # targets before it are trained on, targets from it on are tested on
    evaluation_start: int  # bars from here on score every cell

    @classmethod
    def of(
        cls,
        bars: int,
        ratio_train_set: float,
        evaluation_share: float,
        size_sequence: int,
        horizon: int,
    ) -> "Split":
        """Cut a series; see DESIGN terms `cut` and `evaluation bars`.

        Raises:
            TooFewBarsError: no window to train on, to test on or to score with. Says how many
                bars are needed.
            LeakError: it would train on bars that score it.
        """
        shape = (ratio_train_set, evaluation_share, size_sequence, horizon)
        split = cls._cut(bars, *shape)
        if not split._has_windows():
            raise TooFewBarsError(
                f"{bars} bars are too few for size_sequence {size_sequence}, a horizon of "
                f"{horizon} and ratio_train_set {ratio_train_set}: at least {bars_needed(*shape)} "
                "are needed. Widen the study's dates, or lower size_sequence."
            )
        if split.cut > split.evaluation_start:
            raise LeakError(
                f"ratio_train_set {ratio_train_set} trains up to bar {split.cut} of {bars}, but "
                f"evaluation starts at bar {split.evaluation_start}. Lower ratio_train_set or "
                "evaluation_share."
            )
        return split

    @classmethod
    def _cut(
        cls,
        bars: int,
        ratio_train_set: float,
        evaluation_share: float,
        size_sequence: int,
        horizon: int,
    ) -> "Split":
        # Both cuts round the same way, so a ratio of at most ratio_before_evaluation never trains
        # on an evaluation bar, whatever the number of bars.
        return cls(
            bars=bars,
            size_sequence=size_sequence,
            horizon=horizon,
            cut=round(ratio_train_set * bars),
            evaluation_start=round(ratio_before_evaluation(evaluation_share) * bars),
        )

    def _has_windows(self) -> bool:
        look_back, horizon = self.size_sequence, self.horizon
        return (
            look_back <= self.cut - horizon
            and self.cut <= self.bars - horizon
            and look_back <= self.evaluation_start < self.bars
        )

    @property
    def train_origins(self) -> Origins:
        """Origins of the windows whose targets all lie before the cut."""
        return np.arange(self.size_sequence, self.cut - self.horizon + 1)

    @property
    def test_origins(self) -> Origins:
        """Origins of the windows whose targets all lie at or after the cut."""
        return np.arange(self.cut, self.bars - self.horizon + 1)

    @property
    def evaluation_origins(self) -> Origins:
        """Origins of the windows that forecast each evaluation bar once, one horizon apart.

        The last window may reach past the newest bar; what it says of later bars is not scored.
        """
        return np.arange(self.evaluation_start, self.bars, self.horizon)


def ratio_before_evaluation(evaluation_share: float) -> float:
    """Return 1 - evaluation_share, the largest ratio_train_set that sees no evaluation bar.

    As decimals say it: in floats 1 - 0.07 is a hair under 0.93, which over 550 bars is a bar less.
    """
    return round(1 - evaluation_share, 12)


def bars_needed(
    ratio_train_set: float, evaluation_share: float, size_sequence: int, horizon: int
) -> int:
    """Return the fewest bars that give a cell a window to train on, test on and score with."""

    def suffice(bars: int) -> bool:
        shape = (ratio_train_set, evaluation_share, size_sequence, horizon)
        return Split._cut(bars, *shape)._has_windows()

    enough = size_sequence + horizon
    while not suffice(enough):
        enough *= 2
    return bisect_left(range(enough), True, key=suffice)  # more bars never take a window away


def inputs(series: Floats, origins: Origins, size_sequence: int) -> Floats:
    """Return what a network sees of windows, in window units.

    Returns:
        Shape (len(origins), size_sequence, COLUMNS).
    """
    look_back = look_backs(series, origins, size_sequence)
    return in_window_units(look_back, look_back[:, :1])[..., None]


def targets(series: Floats, origins: Origins, size_sequence: int, horizon: int) -> Floats:
    """Return windows' targets in window units, shape (len(origins), horizon)."""
    return in_window_units(ahead(series, origins, horizon), scale(series, origins, size_sequence))


def look_backs(series: Floats, origins: Origins, size_sequence: int) -> Floats:
    """Return windows' look-backs as prices, shape (len(origins), size_sequence)."""
    prices: Floats = series[origins[:, None] + np.arange(-size_sequence, 0)]
    return prices


def ahead(series: Floats, origins: Origins, horizon: int) -> Floats:
    """Return windows' targets as prices, shape (len(origins), horizon)."""
    prices: Floats = series[origins[:, None] + np.arange(horizon)]
    return prices


def scale(series: Floats, origins: Origins, size_sequence: int) -> Floats:
    """Return each window's first bar, the unit of its prices, shape (len(origins), 1)."""
    return series[origins - size_sequence][:, None]


def in_window_units(prices: Floats, unit: Floats) -> Floats:
    """Return prices (W, any) in the units (W, 1) of their windows."""
    scaled: Floats = prices / unit - 1
    return scaled


def in_prices(scaled: Floats, unit: Floats) -> Floats:
    """Undo in_window_units."""
    prices: Floats = (scaled + 1) * unit
    return prices

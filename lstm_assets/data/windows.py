"""Windows over a price series, and how the series is cut for one cell.

Arrays in, arrays out: no Dagster, SQL or torch in this module. A window is `size_sequence`
consecutive bars and the `horizon` target bars right after them. Its origin is the index of its
first target bar. In window units, its prices are divided by its first bar, minus 1.
"""

from bisect import bisect_left
from dataclasses import dataclass, replace

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
    """How a series of `bars` bars is cut for one cell. Indices are those of bars."""

    bars: int
    size_sequence: int  # bars in a window's look-back
    horizon: int  # target bars of a window
    cut: int  # targets before this bar are for training, targets from it on are for testing
    evaluation_start: int  # bars from this one on score every cell

    @classmethod
    def of(
        cls,
        bars: int,
        ratio_train_set: float,
        evaluation_share: float,
        size_sequence: int,
        horizon: int,
    ) -> "Split":
        """Return the split of a series; docs/words.md explains `cut` and `evaluation bars`.

        Raises:
            TooFewBarsError: there is no window to train on, to test on or to score with. The
                message contains the number of bars that are needed.
            LeakError: the cell would train on bars that score it.
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
    def of_fold(cls, whole: "Split", start: int, stop: int, gap: int) -> "Split":
        """Return how an earlier part of a series is cut, which is scored on bars of its own.

        Training takes the same share of the bars before those that score.

        Args:
            whole: the split of the whole series.
            start: the first bar that scores.
            stop: the first bar after them.
            gap: bars before `start` on which nothing is trained.

        Raises:
            TooFewBarsError: there is no window to train on, to test on or to score with.
        """
        cut = min(whole.cut * start // whole.evaluation_start, start - gap)
        split = replace(whole, bars=stop, cut=cut, evaluation_start=start)
        if not split._has_windows():
            raise TooFewBarsError(
                f"the fold that is scored from bar {start} on has too few bars before them for "
                f"size_sequence {whole.size_sequence} and a horizon of {whole.horizon}. Lower "
                "folds.n, or widen the study's dates."
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
        """Return the split of a series, which may have no windows or train on evaluation bars."""
        # Both numbers are rounded in the same way. So with a ratio up to ratio_before_evaluation, a
        # cell never trains on an evaluation bar, for any number of bars.
        return cls(
            bars=bars,
            size_sequence=size_sequence,
            horizon=horizon,
            cut=round(ratio_train_set * bars),
            evaluation_start=evaluation_start(bars, evaluation_share),
        )

    def _has_windows(self) -> bool:
        """Return whether there are windows to train on, to test on and to score with."""
        look_back, horizon = self.size_sequence, self.horizon
        return (
            look_back <= self.cut - horizon
            and self.cut <= self.bars - horizon
            and look_back <= self.evaluation_start < self.bars
        )

    @property
    def train_origins(self) -> Origins:
        """Origins of the windows with all targets before the cut."""
        return np.arange(self.size_sequence, self.cut - self.horizon + 1)

    @property
    def test_origins(self) -> Origins:
        """Origins of the windows with all targets at or after the cut."""
        return np.arange(self.cut, self.bars - self.horizon + 1)

    @property
    def evaluation_origins(self) -> Origins:
        """Origins of the windows that forecast each evaluation bar once, one horizon apart.

        The last window may reach past the newest bar; its forecasts of later bars are not scored.
        """
        return np.arange(self.evaluation_start, self.bars, self.horizon)


def evaluation_start(bars: int, evaluation_share: float) -> int:
    """Return the position of the first bar that scores cells."""
    return round(ratio_before_evaluation(evaluation_share) * bars)


def ratio_before_evaluation(evaluation_share: float) -> float:
    """Return 1 - evaluation_share, the largest ratio_train_set that trains on no evaluation bar.

    It is rounded, because the float 1 - 0.07 is slightly less than 0.93, and with 550 bars that
    would be one bar less.
    """
    return round(1 - evaluation_share, 12)


def bars_needed(
    ratio_train_set: float, evaluation_share: float, size_sequence: int, horizon: int
) -> int:
    """Return the smallest number of bars with windows to train on, to test on and to score with."""

    def is_enough(bars: int) -> bool:
        shape = (ratio_train_set, evaluation_share, size_sequence, horizon)
        return Split._cut(bars, *shape)._has_windows()

    enough = size_sequence + horizon
    while not is_enough(enough):
        enough *= 2
    return bisect_left(range(enough), True, key=is_enough)  # more bars never remove a window


def inputs(series: Floats, origins: Origins, size_sequence: int) -> Floats:
    """Return the look-backs of windows in window units, as input of a network.

    Returns:
        Shape (len(origins), size_sequence, COLUMNS).
    """
    look_back = look_backs(series, origins, size_sequence)
    return in_window_units(look_back, look_back[:, :1])[..., None]


def targets(series: Floats, origins: Origins, size_sequence: int, horizon: int) -> Floats:
    """Return the targets of windows in window units, shape (len(origins), horizon)."""
    return in_window_units(ahead(series, origins, horizon), scale(series, origins, size_sequence))


def look_backs(series: Floats, origins: Origins, size_sequence: int) -> Floats:
    """Return the look-backs of windows as prices, shape (len(origins), size_sequence)."""
    prices: Floats = series[origins[:, None] + np.arange(-size_sequence, 0)]
    return prices


def ahead(series: Floats, origins: Origins, horizon: int) -> Floats:
    """Return the targets of windows as prices, shape (len(origins), horizon)."""
    prices: Floats = series[origins[:, None] + np.arange(horizon)]
    return prices


def scale(series: Floats, origins: Origins, size_sequence: int) -> Floats:
    """Return the first bar of each window, the unit of its prices, shape (len(origins), 1)."""
    return series[origins - size_sequence][:, None]


def in_window_units(prices: Floats, unit: Floats) -> Floats:
    """Return prices (W, n) in window units; `unit` contains each window's unit, (W, 1)."""
    scaled: Floats = prices / unit - 1
    return scaled


def in_prices(scaled: Floats, unit: Floats) -> Floats:
    """Return values in window units as prices; the inverse of in_window_units."""
    prices: Floats = (scaled + 1) * unit
    return prices

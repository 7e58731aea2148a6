"""Folds with a rolling origin: earlier parts of a series, each scored on bars of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lstm_assets.data.windows import Split
from lstm_assets.errors import TooFewBarsError


@dataclass(frozen=True, slots=True)
class Fold:
    """A part of a series from its first bar on. Indices are those of bars."""

    number: int  # from 1, the oldest
    start: int  # the first bar that scores
    stop: int  # the first bar after them, which the fold does not have
    whole: int  # number of bars of the whole series
    gap: int | None  # bars before `start` on which nothing is trained; None: a cell's horizon

    def split(self, whole: Split) -> Split:
        """Return how the fold is cut for a cell; raises TooFewBarsError.

        Args:
            whole: how the whole series is cut for it.
        """
        gap = whole.horizon if self.gap is None else self.gap
        return Split.of_fold(whole, self.start, self.stop, gap)


def earlier_folds(bars: int, evaluation_bars: int, n: int, gap: int | None) -> list[Fold]:
    """Return all folds but the last, the oldest first; the last is the whole series.

    Each fold is scored on as many bars as the whole series, right before those of the next fold.

    Args:
        bars: number of bars of the series.
        evaluation_bars: number of bars that score the whole series.
        n: number of folds, the last included.
        gap: bars before those that score on which nothing is trained; None: a cell's horizon.

    Raises:
        TooFewBarsError: the oldest fold has no bars to train on.

    Source: Tashman (2000), Out-of-sample tests of forecasting accuracy, International Journal of
    Forecasting 16(4):437-450, section 3 (rolling origins)
    """
    from sklearn.model_selection import TimeSeriesSplit

    splitter = TimeSeriesSplit(n_splits=n, test_size=evaluation_bars, gap=gap or 0)
    try:
        tests = [test for _, test in splitter.split(np.empty(bars))]
    except ValueError:
        raise TooFewBarsError(
            f"{bars} bars are too few for {n} folds of {evaluation_bars} bars each. Lower folds.n "
            "or evaluation_share, or widen the study's dates."
        ) from None
    return [
        Fold(number, int(test[0]), int(test[-1]) + 1, bars, gap)
        for number, test in enumerate(tests[:-1], start=1)
    ]

"""How much of a result may be luck: figures beside a verdict, never the verdict itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from lstm_assets.data.windows import Floats

DRAWS = 2000
SEED = 0
SIZE = 0.05  # of the model confidence set: it keeps the best one with 95%
_DIGITS = 9  # of a loss, as a share of the mean of all
_CHUNK = 64  # draws at a time


@dataclass(frozen=True, slots=True)
class BestOfTries:
    """The best of several forecasts on the bars that it was chosen on."""

    statistic: float  # the largest t of all tries
    p_value: float  # how likely so large a t is if none of the tries is better than naive
    draws: Floats  # the largest t of each draw of the null, shape (draws,)


def best_of_tries(
    actual: Floats,
    last_seen: Floats,
    forecasts: Sequence[Floats],
    horizon: int = 1,
    draws: int = DRAWS,
    seed: int = SEED,
) -> BestOfTries | None:
    """Return how good the best of several forecasts is, given that it is the best of so many.

    Of each forecast, f = 2 q r is tested as in `evaluation.holdout.compare`, and t is its mean by
    its standard error. The null is a wild bootstrap: each draw multiplies the centred f of a window
    by +1 or -1, for all forecasts the same, so that their dependence stays.

    Args:
        actual: prices, shape (E,), of the bars that the forecasts were chosen on.
        last_seen: the last bar that each forecast had seen, same shape and unit.
        forecasts: one array a try, same shape and unit.
        horizon: bars of a window; the errors of one window have one sign.
        draws: number of draws of the null.
        seed: of the draws.

    Returns:
        None if no forecast differs from the last price.

    Source: White (2000), A reality check for data snooping, Econometrica 68(5):1097-1126; Hansen
    (2005), A test for superior predictive ability, Journal of Business & Economic Statistics
    23(4):365-380 (statistics divided by their errors); Wu (1986), Jackknife, bootstrap and other
    resampling methods in regression analysis, Annals of Statistics 14(4):1261-1295 (wild bootstrap)
    """
    r = actual / last_seen - 1
    moves = np.array([each / last_seen - 1 for each in forecasts])
    f = _by_window(2 * moves * r, horizon)  # (K, W)
    f = f[f.std(axis=1) > 0]
    if not len(f) or f.shape[1] < 2:
        return None
    observed = float(_t(f).max())
    centred = f - f.mean(axis=1, keepdims=True)
    rng = np.random.default_rng(seed)
    largest = np.empty(draws)
    for first in range(0, draws, _CHUNK):
        size = (min(_CHUNK, draws - first), f.shape[1])
        signs = rng.integers(0, 2, size).astype(np.float64) * 2 - 1
        largest[first : first + len(signs)] = _largest_t(centred, signs)
    p_value = (1 + int((largest >= observed).sum())) / (1 + draws)
    return BestOfTries(observed, p_value, largest)


def confidence_set(losses: Floats, seed: int = SEED, draws: int = 1000) -> int:
    """Return how many forecasts the bars do not show to be worse than the best.

    Args:
        losses: squared errors, shape (E, K).
        seed: of the bootstrap.
        draws: number of draws of the bootstrap.

    Source: Hansen, Lunde & Nason (2011), The model confidence set, Econometrica 79(2):453-497,
    section 3.1.2 (the statistic T_max), by a stationary bootstrap with blocks of sqrt(E)
    """
    from arch.bootstrap import MCS

    # Two that are the same have no difference to divide by, so one of them is compared for both.
    rounded = np.round(losses / (float(losses.mean()) or 1.0), _DIGITS)
    distinct, like = np.unique(rounded, axis=1, return_inverse=True)
    kept = np.arange(distinct.shape[1])
    apart = np.asarray(distinct + 1e-13 * kept, np.float64)  # arch fails on equal means
    if len(kept) > 1:
        found = MCS(apart, SIZE, reps=draws, method="max", seed=np.random.default_rng(seed))
        found.compute()
        kept = np.array(found.included, dtype=np.int64)
    return int(np.isin(like, kept).sum())


def best_coin_p(accuracy: float, bars: int, tries: int) -> float:
    """Return how likely the best of several coins is right as often, or more.

    Args:
        accuracy: share of the bars, 0 to 1.
        bars: number of bars that moved.
        tries: number of coins.
    """
    right = round(accuracy * bars)
    one = float(stats.binom.sf(right - 1, bars, 0.5))
    return float(-np.expm1(tries * np.log1p(-one))) if one < 1 else 1.0


def share_of_best_bars(
    actual: Floats, predicted: Floats, benchmark: Floats, bars: int = 3
) -> float:
    """Return the share of the gain that comes from the bars with the largest, NaN without a gain.

    Args:
        actual: prices, shape (H,).
        predicted: the forecast, same shape and unit.
        benchmark: the simple forecast that it is compared with, same shape and unit.
        bars: number of bars with the largest gains.
    """
    gains = ((actual - benchmark) / benchmark) ** 2 - ((actual - predicted) / benchmark) ** 2
    total = float(gains.sum())
    return float(np.sort(gains)[-bars:].sum()) / total if total > 0 else float("nan")


def diebold_mariano(
    actual: Floats, predicted: Floats, benchmark: Floats, horizon: int = 1
) -> float:
    """Return the one-sided p-value that a forecast is no better than a simple one.

    Errors are divided by the simple forecast. The test is too strict where the simple forecast is
    nested in the other, as the last price is in a network.

    Args:
        actual: prices, shape (H,).
        predicted: the forecast, same shape and unit.
        benchmark: the simple forecast, same shape and unit.
        horizon: bars that one window forecasts.

    Source: Diebold & Mariano (1995), Comparing predictive accuracy, Journal of Business & Economic
    Statistics 13(3):253-263; Harvey, Leybourne & Newbold (1997), Testing the equality of prediction
    mean squared errors, International Journal of Forecasting 13(2):281-291
    """
    from statsmodels.tsa.stattools import diebold_mariano_test

    scaled = [each / benchmark for each in (actual, predicted, benchmark)]
    difference = (scaled[0] - scaled[1]) ** 2 - (scaled[0] - scaled[2]) ** 2
    if len(actual) < 2 or not difference.std() > 0:  # the forecasts are the same
        return 1.0
    test = diebold_mariano_test(*scaled, lags=horizon - 1, harvey_adj=True, horizon=horizon)
    return float(stats.t.cdf(float(test.statistic), len(actual) - 1))


def _by_window(f: Floats, horizon: int) -> Floats:
    """Return the sum of f over each window of `horizon` bars, (K, W)."""
    starts = np.arange(0, f.shape[1], horizon)
    sums: Floats = np.add.reduceat(f, starts, axis=1)
    return sums


def _t(f: Floats) -> Floats:
    t: Floats = np.sqrt(f.shape[1]) * f.mean(axis=1) / f.std(axis=1, ddof=1)
    return t


def _largest_t(centred: Floats, signs: Floats) -> Floats:
    """Return the largest t over all forecasts in each draw, shape (draws,)."""
    count = centred.shape[1]
    means = centred @ signs.T / count  # (K, draws)
    squares = (centred**2).sum(axis=1, keepdims=True)  # a sign does not change a square
    deviations = np.sqrt((squares - count * means**2) / (count - 1))
    largest: Floats = (np.sqrt(count) * means / deviations).max(axis=0)
    return largest

"""Is a forecast better than simple ones, on bars that no search has seen?

Plain numbers in, a verdict out. The simple forecasts are nested in the tested one, which could have
learned them, so the test is that of Clark & West: Diebold-Mariano is centred below zero there.

Source: Clark & West (2007), Approximately normal tests for equal predictive accuracy in nested
models, Journal of Econometrics 138(1):291-311, equations 3.1 and 3.2
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from lstm_assets.data.windows import Floats

FEWEST_BARS = 100  # with fewer, the test has no power
LEVEL = 0.05  # of all tests on one holdout together


@dataclass(frozen=True, slots=True)
class Against:
    """A tested forecast beside a simple one."""

    name: str  # of the simple forecast
    gain: float  # 1 - sum of squared errors / sum of those of the simple forecast, of returns
    p_value: float  # one-sided: how likely so large a t is if the simple forecast is as good


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the holdout says of a forecast."""

    bars: int  # H, of the holdout
    against: tuple[Against, ...]  # the naive forecast first
    opened: int  # how often the holdout was opened, each time for another forecast; 1: only now
    tries: int  # cells that were trained before the winner was chosen

    @property
    def gain(self) -> float:
        """The gain against the naive forecast."""
        return self.against[0].gain

    @property
    def p_value(self) -> float:
        """The largest p-value: every simple forecast has to be beaten."""
        return max(each.p_value for each in self.against)

    @property
    def is_shown(self) -> bool:
        """Whether the forecast is shown to be better than every simple one."""
        level = LEVEL / self.opened  # Bonferroni
        return self.bars >= FEWEST_BARS and all(
            each.gain > 0 and each.p_value < level for each in self.against
        )

    @property
    def verdict(self) -> str:
        """One sentence, the same wherever people read it."""
        if self.bars < FEWEST_BARS:
            return (
                f"Too few bars to tell: {self.bars} bars no search saw, at least {FEWEST_BARS} are "
                "needed."
            )
        if self.is_shown:
            times = "once" if self.opened == 1 else f"{self.opened} times"
            tries = "1 try" if self.tries == 1 else f"{self.tries:,} tries"
            return (
                f"Beats naive on {self.bars} bars no search saw: MSE {self.gain:.1%} lower, "
                f"p {short(self.p_value)}, opened {times}, {tries}."
            )
        if self.gain > 0:
            return (
                f"No evidence that it beats naive: MSE {self.gain:.1%} lower, "
                f"p {short(self.p_value)}."
            )
        return f"Does not beat naive: MSE {abs(self.gain):.1%} higher."


def slope(actual: Floats, predicted: Floats, last_seen: Floats) -> float:
    """Return by how much to shrink predicted returns, 0 to 1, fitted by least squares.

    A network that is fitted to noise predicts returns that are too large.

    Args:
        actual: prices, shape (E,), of validation bars.
        predicted: forecasts, same shape and unit.
        last_seen: the last bar that each forecast had seen, same shape and unit.
    """
    moves, forecasts = actual / last_seen - 1, predicted / last_seen - 1
    power = float(forecasts @ forecasts)
    return min(max(float(moves @ forecasts) / power, 0.0), 1.0) if power else 0.0


def shrunk(predicted: Floats, last_seen: Floats, by: float) -> Floats:
    """Return forecasts with their returns from the last seen bar multiplied by a slope, (H,)."""
    prices: Floats = last_seen * (1 + by * (predicted / last_seen - 1))
    return prices


def compare(
    name: str, actual: Floats, predicted: Floats, benchmark: Floats, horizon: int = 1
) -> Against:
    """Return how a forecast compares with a simple one on the same bars.

    With r = (y - b) / b and q = (forecast - b) / b, the adjusted difference of the squared errors
    is r^2 - (r - q)^2 + q^2 = 2 r q. Its mean is tested against 0, with len(actual) - 1 degrees of
    freedom.

    Args:
        name: of the simple forecast.
        actual: prices y, shape (H,).
        predicted: the tested forecast, same shape and unit.
        benchmark: the simple forecast b, same shape and unit.
        horizon: bars that one window forecasts. Their errors are correlated, so the variance
            includes horizon - 1 autocovariances.

    Source: Clark & West (2007), p. 294; Newey & West (1987), Econometrica 55(3):703-708, equation 5
    """
    r, q = actual / benchmark - 1, predicted / benchmark - 1
    power = float(r @ r)
    gain = 1 - float((r - q) @ (r - q)) / power if power else 0.0
    f = 2 * q * r
    deviation = np.sqrt(_variance(f, horizon - 1))
    if not deviation > 0:  # the forecasts are the same, or nearly
        return Against(name, gain, 1.0)
    t = np.sqrt(len(f)) * f.mean() / deviation
    return Against(name, gain, float(stats.t.sf(t, len(f) - 1)))


def mean_forecast(forecasts: Sequence[Floats]) -> Floats:
    """Return the mean of several forecasts of the same bars, shape (H,)."""
    mean: Floats = np.mean(forecasts, axis=0)
    return mean


def _variance(f: Floats, lags: int) -> float:
    """Return the long-run variance of a series, with Bartlett's weights."""
    n, centred = len(f), f - f.mean()
    total = float(centred @ centred)
    for lag in range(1, min(lags, n - 1) + 1):
        total += 2 * (1 - lag / (lags + 1)) * float(centred[lag:] @ centred[:-lag])
    return total / (n - 1) if n > 1 else 0.0


def short(p_value: float) -> str:
    """Return a p-value as people read it after a p."""
    return f"= {p_value:.2g}" if p_value >= 0.001 else "< 0.001"

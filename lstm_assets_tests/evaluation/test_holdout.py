"""What the bars that no search saw say of a forecast."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lstm_assets.evaluation.holdout import (
    Against,
    Evidence,
    compare,
    mean_forecast,
    shrunk,
    slope,
)


def evidence(*against: tuple[float, float], bars: int = 255, opened: int = 1) -> Evidence:
    names = ("naive", "drift", "close")
    found = tuple(Against(n, *each) for n, each in zip(names, against, strict=False))
    return Evidence(bars, found, opened, tries=64)


def test_a_comparison_computed_by_hand() -> None:
    last = np.array([100.0, 100.0, 100.0, 100.0])
    actual = np.array([101.0, 99.0, 102.0, 100.0])  # r: 1, -1, 2, 0 %
    predicted = np.array([101.0, 100.0, 101.0, 101.0])  # q: 1, 0, 1, 1 %

    found = compare("naive", actual, predicted, last)

    # f = 2 q r = 2, 0, 4, 0 (of 1/10,000): mean 1.5, sd sqrt(11/3); t = 2 * 1.5 / 1.9149 = 1.5667
    assert found.gain == pytest.approx(1 - (0 + 1 + 1 + 1) / (1 + 1 + 4 + 0))
    assert found.p_value == pytest.approx(float(stats.t.sf(3 / math.sqrt(11 / 3), 3)))


def test_it_is_the_regression_of_clark_and_west_on_a_constant() -> None:
    rng = np.random.default_rng(3)
    last = 100 + rng.normal(size=300).cumsum()
    actual, predicted = (last * (1 + 0.01 * rng.normal(size=300)) for _ in range(2))
    r, q = actual / last - 1, predicted / last - 1

    # Their equation 3.1, and the one-sample t-test of another library.
    f = r**2 - ((r - q) ** 2 - q**2)
    expected = stats.ttest_1samp(f, 0.0, alternative="greater").pvalue

    assert compare("naive", actual, predicted, last).p_value == pytest.approx(expected)


def test_errors_of_longer_horizons_are_correlated() -> None:
    rng = np.random.default_rng(4)
    last = np.full(400, 100.0)
    moves = np.convolve(rng.normal(size=402), np.ones(3), "valid") * 0.01
    actual, predicted = last * (1 + moves), last * (1 + 0.5 * np.abs(moves))
    f = 2 * moves * 0.5 * np.abs(moves)
    centred = f - f.mean()
    autocovariances = [float(centred[k:] @ centred[: 400 - k]) for k in range(3)]
    long_run = autocovariances[0] + 2 * (2 / 3 * autocovariances[1] + 1 / 3 * autocovariances[2])
    t = math.sqrt(400) * f.mean() / math.sqrt(long_run / 399)

    found = compare("naive", actual, predicted, last, horizon=3)

    assert found.p_value == pytest.approx(float(stats.t.sf(t, 399)))


def test_the_same_forecast_is_no_better() -> None:
    last = np.linspace(90, 110, 200)

    assert compare("naive", last + 1, last, last) == Against("naive", 0.0, 1.0)


def test_a_slope_is_that_of_least_squares_within_0_and_1() -> None:
    last = np.array([100.0, 100.0, 100.0])
    predicted = np.array([102.0, 98.0, 101.0])

    assert slope(last + 0.5 * (predicted - last), predicted, last) == pytest.approx(0.5)
    assert slope(last + 3 * (predicted - last), predicted, last) == 1.0
    assert slope(last - (predicted - last), predicted, last) == 0.0
    assert slope(last + 1, last, last) == 0.0
    np.testing.assert_allclose(shrunk(predicted, last, 0.5), [101.0, 99.0, 100.5])


def test_a_mean_forecast_is_of_each_bar() -> None:
    mean = mean_forecast([np.array([1.0, 2.0]), np.array([3.0, 6.0])])

    np.testing.assert_allclose(mean, [2.0, 4.0])


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (evidence((0.031, 0.004), (0.02, 0.001)),
         "Beats naive on 255 bars no search saw: MSE 3.1% lower, p = 0.004, opened once, "
         "64 tries."),
        (evidence((0.031, 0.004), opened=2),
         "Beats naive on 255 bars no search saw: MSE 3.1% lower, p = 0.004, opened 2 times, "
         "64 tries."),
        (evidence((0.2, 1e-9)),
         "Beats naive on 255 bars no search saw: MSE 20.0% lower, p < 0.001, opened once, "
         "64 tries."),
        (evidence((0.031, 0.004), opened=13),
         "No evidence that it beats naive: MSE 3.1% lower, p = 0.004."),
        (evidence((0.009, 0.36)), "No evidence that it beats naive: MSE 0.9% lower, p = 0.36."),
        (evidence((0.031, 0.004), (-0.01, 0.01)),
         "No evidence that it beats naive: MSE 3.1% lower, p = 0.01."),
        (evidence((0.031, 0.004), (0.02, 0.001), (0.01, 0.2)),
         "No evidence that it beats naive: MSE 3.1% lower, p = 0.2."),
        (evidence((-0.02, 0.6)), "Does not beat naive: MSE 2.0% higher."),
        (evidence((0.0, 1.0)), "Does not beat naive: MSE 0.0% higher."),
        (evidence((0.3, 1e-9), bars=99),
         "Too few bars to tell: 99 bars no search saw, at least 100 are needed."),
    ],
)  # fmt: skip
def test_the_verdict_is_one_sentence(found: Evidence, said: str) -> None:
    assert found.verdict == said
    assert found.is_shown is said.startswith("Beats naive ")


@given(st.integers(1, 40), st.floats(0, 1), st.floats(-1, 1))
def test_each_opening_makes_a_claim_harder(opened: int, p_value: float, gain: float) -> None:
    now, later = (evidence((gain, p_value), opened=n) for n in (opened, opened + 1))

    assert now.is_shown or not later.is_shown


def test_luck_is_seldom_claimed() -> None:
    """The best of 20 forecasts of a random walk on validation, on a holdout of 250 bars."""
    rng = np.random.default_rng(12)
    claimed = 0
    for _ in range(200):
        walk = 100 * np.exp(0.01 * rng.normal(size=501).cumsum())
        last, actual = walk[:-1], walk[1:]
        forecasts = last * (1 + 0.01 * rng.normal(size=(20, 500)))
        best = forecasts[np.argmin(((actual - forecasts)[:, :250] ** 2).sum(axis=1))]
        by = slope(actual[:250], best[:250], last[:250])
        held = slice(250, None)
        against = compare("naive", actual[held], shrunk(best[held], last[held], by), last[held])
        claimed += Evidence(250, (against,), 1, 20).is_shown

    # 5% or fewer: of 200, more than 17 would be, with a chance of 1 in 50.
    assert claimed <= 17

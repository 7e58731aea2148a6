"""How lucky the best of many tries may be, by hand, by scipy, and on series without any skill."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from lstm_assets.data.windows import Floats
from lstm_assets.evaluation.luck import (
    best_coin_p,
    best_of_tries,
    confidence_set,
    diebold_mariano,
    share_of_best_bars,
)


def tries(
    seed: int, count: int, bars: int = 120, skill: float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """Prices, the last seen ones, and forecasts of which the first knows a part of the move."""
    rng = np.random.default_rng(seed)
    moves = 0.01 * rng.normal(size=bars)
    last = 100 * np.exp(np.concatenate([[0], np.cumsum(moves)[:-1]]))
    guesses = 0.005 * rng.normal(size=(count, bars))
    guesses[0] += skill * moves
    return last * (1 + moves), last, last * (1 + guesses)


def by_hand(actual: Floats, last: Floats, forecasts: Sequence[Floats]) -> float:
    t = [
        stats.ttest_1samp(2 * (each / last - 1) * (actual / last - 1), 0).statistic
        for each in forecasts
    ]
    return float(max(t))


def test_the_statistic_is_the_largest_t_of_all_tries() -> None:
    actual, last, forecasts = tries(1, 5)

    found = best_of_tries(actual, last, list(forecasts))

    assert found is not None
    assert found.statistic == pytest.approx(by_hand(actual, last, list(forecasts)), rel=1e-12)


def test_the_null_is_drawn_with_one_sign_a_bar_for_all_tries() -> None:
    actual, last, forecasts = tries(2, 3, bars=30)
    f = 2 * (forecasts / last - 1) * (actual / last - 1)
    centred = f - f.mean(axis=1, keepdims=True)

    found = best_of_tries(actual, last, list(forecasts), draws=50, seed=9)

    rng = np.random.default_rng(9)
    signs = rng.integers(0, 2, (50, 30)) * 2 - 1
    expected = [stats.ttest_1samp(centred * sign, 0, axis=1).statistic.max() for sign in signs]
    assert found is not None
    np.testing.assert_allclose(found.draws, expected, rtol=1e-9)
    assert found.p_value == (1 + sum(each >= found.statistic for each in expected)) / 51


def test_with_one_try_the_p_value_is_that_of_a_t_test() -> None:
    actual, last, forecasts = tries(3, 1, bars=400, skill=0.05)

    found = best_of_tries(actual, last, [forecasts[0]], draws=4000)

    f = 2 * (forecasts[0] / last - 1) * (actual / last - 1)
    expected = stats.ttest_1samp(f, 0, alternative="greater").pvalue
    assert found is not None
    assert found.p_value == pytest.approx(expected, abs=0.03)


def test_of_many_tries_without_skill_few_look_significant() -> None:
    found = [
        best_of_tries(*tries(seed, 24)[:2], list(tries(seed, 24)[2]), draws=199)
        for seed in range(120)
    ]

    claimed = sum(each is not None and each.p_value < 0.05 for each in found)

    assert claimed <= stats.binom.ppf(0.999, 120, 0.05)
    assert any(each is not None and each.p_value < 0.3 for each in found)


def test_a_try_with_skill_is_found_among_many() -> None:
    actual, last, forecasts = tries(5, 24, skill=0.5)

    found = best_of_tries(actual, last, list(forecasts))

    assert found is not None
    assert found.p_value < 0.01


def test_tries_that_say_what_the_last_price_says_are_no_tries() -> None:
    actual, last, forecasts = tries(6, 2)

    assert best_of_tries(actual, last, [last, last]) is None
    alone = best_of_tries(actual, last, [forecasts[0]])
    beside = best_of_tries(actual, last, [last, forecasts[0]])
    assert alone is not None
    assert beside is not None
    assert (alone.statistic, alone.p_value) == (beside.statistic, beside.p_value)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.permutations(range(6)), st.sampled_from([0.01, 3.0, 1e5]))
def test_neither_the_order_of_tries_nor_the_unit_of_prices_matters(
    seed: int, order: list[int], unit: float
) -> None:
    actual, last, forecasts = tries(seed, 6, bars=40)

    one = best_of_tries(actual, last, list(forecasts), draws=60)
    other = best_of_tries(actual * unit, last * unit, list(forecasts[order] * unit), draws=60)

    assert one is not None
    assert other is not None
    assert one.statistic == pytest.approx(other.statistic, rel=1e-6)
    assert 0 < one.p_value <= 1
    assert abs(one.p_value - other.p_value) <= 2 / 61


def test_the_errors_of_one_window_have_one_sign() -> None:
    actual, last, forecasts = tries(7, 2, bars=60)
    f = (2 * (forecasts / last - 1) * (actual / last - 1)).reshape(2, 20, 3).sum(axis=2)

    found = best_of_tries(actual, last, list(forecasts), horizon=3)

    assert found is not None
    assert found.statistic == pytest.approx(stats.ttest_1samp(f, 0, axis=1).statistic.max())


def test_a_confidence_set_drops_what_is_clearly_worse() -> None:
    rng = np.random.default_rng(1)
    common = rng.normal(size=(200, 1)) ** 2
    losses = common + 0.05 * rng.normal(size=(200, 6)) + np.array([0, 0, 0, 1, 1, 1])

    assert confidence_set(losses) == 3
    assert confidence_set(losses[:, :1]) == 1
    assert confidence_set(losses[:, [0, 0, 3, 3]]) == 2  # equal ones are kept or dropped together


def test_forecasts_with_equal_means_are_compared() -> None:
    losses = np.random.default_rng(3).uniform(size=(80, 3))
    losses[:, 1] = losses[::-1, 0]

    assert 1 <= confidence_set(losses) <= 3
    assert confidence_set(np.zeros((20, 4))) == 4


def test_the_best_of_some_coins_by_hand() -> None:
    # One coin of two bars is right twice with 1/4; the best of two: 1 - (3/4)^2.
    assert best_coin_p(1.0, 2, 1) == pytest.approx(0.25)
    assert best_coin_p(1.0, 2, 2) == pytest.approx(1 - 0.75**2)
    assert best_coin_p(0.0, 2, 5) == 1.0
    assert best_coin_p(0.7, 256, 1) == pytest.approx(
        stats.binomtest(179, 256, 0.5, "greater").pvalue
    )
    assert 0 < best_coin_p(1.0, 1000, 3) < 1e-290  # no rounding to 0


def test_the_best_of_64_coins_over_a_year() -> None:
    rng = np.random.default_rng(0)
    drawn = rng.binomial(256, 0.5, size=(4000, 64)).max(axis=1) / 256

    assert best_coin_p(float(np.median(drawn)), 256, 64) == pytest.approx(
        np.mean(drawn >= np.median(drawn)), abs=0.03
    )
    assert best_coin_p(145 / 256, 256, 64) > 0.5 > best_coin_p(147 / 256, 256, 64)


@given(st.integers(1, 400), st.integers(1, 500), st.floats(0, 1))
def test_more_tries_make_the_same_accuracy_no_less_likely(
    bars: int, count: int, accuracy: float
) -> None:
    assert best_coin_p(accuracy, bars, count) <= best_coin_p(accuracy, bars, count + 1) <= 1


def test_the_share_of_the_best_bars_by_hand() -> None:
    benchmark = np.full(4, 100.0)
    actual = np.array([101.0, 102.0, 103.0, 100.0])
    predicted = np.array([101.0, 102.0, 100.0, 101.0])  # gains 1, 4, 0 and -1 of 100^2

    assert share_of_best_bars(actual, predicted, benchmark, bars=1) == pytest.approx(4 / 4)
    assert share_of_best_bars(actual, predicted, benchmark, bars=2) == pytest.approx(5 / 4)
    assert math.isnan(share_of_best_bars(actual, benchmark, benchmark))


@pytest.mark.parametrize("horizon", [1, 3])
def test_diebold_mariano_by_hand(horizon: int) -> None:
    actual, last, forecasts = tries(8, 1, bars=60, skill=0.3)
    predicted = forecasts[0]
    d = ((actual - last) / last) ** 2 - ((actual - predicted) / last) ** 2
    n, centred = len(d), d - d.mean()
    variance = centred @ centred / n
    for lag in range(1, horizon):
        variance += 2 * (1 - lag / horizon) * (centred[lag:] @ centred[:-lag]) / n
    harvey = math.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    t = d.mean() / math.sqrt(variance / n) * harvey

    found = diebold_mariano(actual, predicted, last, horizon)

    assert found == pytest.approx(stats.t.sf(t, n - 1), rel=1e-6)


def test_a_forecast_like_the_simple_one_has_a_p_value_of_1() -> None:
    actual, last, _ = tries(9, 1)

    assert diebold_mariano(actual, last, last) == 1.0

"""What holds for every simple forecast: no later bar and no unit matters; it fits or says why."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.data.windows import Floats
from lstm_assets.errors import NotFittedError
from lstm_assets.forecasting.baselines import BASELINES, fitted
from lstm_assets.forecasting.baselines.base import TrainingPart
from lstm_assets_tests.forecasting.baselines.series import CUT, HORIZON, LOOK_BACK, part, walk

PRICES = walk()
ORIGINS = np.arange(CUT - 20, len(PRICES))
FITTED = {name: fitted(fit, part(PRICES)) for name, fit in BASELINES.items()}


def forecasts(name: str, prices: Floats) -> Floats:
    return FITTED[name].forecast(prices, ORIGINS, HORIZON)


@pytest.mark.parametrize("name", BASELINES)
def test_a_forecast_is_a_price_for_each_bar_of_each_window(name: str) -> None:
    found = forecasts(name, PRICES)

    assert found.shape == (len(ORIGINS), HORIZON)
    assert np.abs(found[:, 0] / PRICES[ORIGINS - 1] - 1).max() < 0.1


@settings(max_examples=25, deadline=None)
@given(name=st.sampled_from([*BASELINES]), at=st.integers(CUT, len(PRICES) - 1))
def test_a_bar_does_not_matter_to_a_window_that_begins_with_it_or_before(
    name: str, at: int
) -> None:
    other = PRICES.copy()
    other[at:] = np.random.default_rng(at).uniform(1, 500, len(PRICES) - at)

    before = at >= ORIGINS
    assert np.array_equal(forecasts(name, other)[before], forecasts(name, PRICES)[before])


@settings(max_examples=15, deadline=None)
@given(name=st.sampled_from([*BASELINES]), factor=st.sampled_from([0.001, 0.5, 7.0, 1e4]))
def test_prices_in_another_unit_give_forecasts_in_that_unit(name: str, factor: float) -> None:
    scaled = fitted(BASELINES[name], part(PRICES * factor))

    found = scaled.forecast(PRICES * factor, ORIGINS, HORIZON)

    np.testing.assert_allclose(found, forecasts(name, PRICES) * factor, rtol=2e-4)


@pytest.mark.parametrize("name", BASELINES)
def test_too_few_bars_are_refused(name: str) -> None:
    with pytest.raises(NotFittedError, match="9 bars are too few to fit it"):
        fitted(BASELINES[name], TrainingPart(PRICES[:9], LOOK_BACK, HORIZON))


@pytest.mark.parametrize("name", BASELINES)
def test_prices_that_never_move_are_forecast_or_refused_but_give_no_nan(name: str) -> None:
    still = np.full(60, 100.0)
    with suppress(NotFittedError):
        found = fitted(BASELINES[name], TrainingPart(still, LOOK_BACK, HORIZON))
        np.testing.assert_allclose(found.forecast(still, np.array([40, 60]), HORIZON), 100.0)

"""Exponential smoothing beside statsmodels."""

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from lstm_assets.forecasting.baselines.ets import Smoothing, fit_ets
from lstm_assets_tests.forecasting.baselines.series import CUT, HORIZON, part, walk

PRICES = walk()


def test_of_three_kinds_the_one_with_the_smallest_aicc_is_taken() -> None:
    logs = np.log(PRICES[:CUT])
    kinds = [(None, False), ("add", False), ("add", True)]
    fits = [
        ETSModel(logs, error="add", trend=trend, damped_trend=damped).fit(disp=False)
        for trend, damped in kinds
    ]
    theirs = min(fits, key=lambda each: each.aicc)

    found = fit_ets(part(PRICES)).forecast(PRICES, np.array([CUT]), HORIZON)

    np.testing.assert_allclose(found[0], np.exp(theirs.forecast(HORIZON)), rtol=1e-9)


@pytest.mark.parametrize(("trend", "damped"), [(None, False), ("add", False), ("add", True)])
def test_with_its_parameters_kept_it_follows_later_bars_as_statsmodels_does(
    trend: str | None, damped: bool
) -> None:
    logs = np.log(PRICES)
    model = ETSModel(logs, error="add", trend=trend, damped_trend=damped)
    known = ETSModel(logs[:CUT], error="add", trend=trend, damped_trend=damped).fit(disp=False)
    names = dict(zip(known.model.param_names, known.params, strict=True))
    smoothing = Smoothing(
        names["smoothing_level"],
        names.get("smoothing_trend", 0.0),
        names.get("damping_trend", 1.0),
        names["initial_level"],
        names.get("initial_trend", 0.0),
    )

    found = smoothing.forecast(PRICES, np.arange(1, len(PRICES)), 1)[:, 0]

    theirs = np.exp(np.asarray(model.smooth(known.params).fittedvalues))[1:]
    np.testing.assert_allclose(found, theirs, rtol=1e-9)

"""The theta method beside statsmodels."""

import numpy as np
from statsmodels.tsa.forecasting.theta import ThetaModel

from lstm_assets.forecasting.baselines.theta import Theta, fit_theta
from lstm_assets_tests.forecasting.baselines.series import CUT, HORIZON, part, walk

PRICES = walk()


def test_the_slope_is_that_of_the_line_and_the_level_is_smoothed() -> None:
    found = fit_theta(part(PRICES))

    theirs = ThetaModel(PRICES[:CUT], deseasonalize=False, period=1).fit()
    np.testing.assert_allclose(found.slope, theirs.params["b0"], rtol=1e-9)
    np.testing.assert_allclose(found.alpha, theirs.params["alpha"], rtol=1e-2)


def test_with_their_parameters_the_forecasts_are_those_of_statsmodels() -> None:
    theirs = ThetaModel(PRICES[:CUT], deseasonalize=False, period=1).fit()
    theta = Theta(float(theirs.params["alpha"]), float(theirs.params["b0"]))

    found = theta.forecast(PRICES, np.array([CUT]), HORIZON)[0]

    np.testing.assert_allclose(found, theirs.forecast(HORIZON, theta=2), rtol=1e-4)


def test_the_level_follows_later_bars_by_hand() -> None:
    prices = np.array([10.0, 12.0, 8.0, 9.0])

    found = Theta(0.5, 0.0).forecast(prices, np.array([1, 2, 3, 4]), 1)[:, 0]

    np.testing.assert_allclose(found, [10, 11, 9.5, 9.25])

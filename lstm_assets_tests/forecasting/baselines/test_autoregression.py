"""AR(1) and AR(2) beside statsmodels, and by hand."""

import numpy as np
import pytest
from statsmodels.tsa.ar_model import AutoReg

from lstm_assets.forecasting.baselines.autoregression import Autoregression, fit_autoregression
from lstm_assets_tests.forecasting.baselines.series import CUT, part, walk

PRICES = walk()


@pytest.mark.parametrize("order", [1, 2])
def test_parameters_and_forecasts_are_those_of_statsmodels(order: int) -> None:
    training = PRICES[:CUT]
    moves = training[1:] / training[:-1] - 1
    theirs = AutoReg(moves, order).fit()

    found = fit_autoregression(part(PRICES), order)

    np.testing.assert_allclose([found.constant, *found.weights], theirs.params, rtol=1e-8)
    ahead = theirs.predict(len(moves), len(moves) + 3)
    np.testing.assert_allclose(
        found.forecast(PRICES, np.array([CUT]), 4)[0], training[-1] * np.cumprod(1 + ahead)
    )


def test_moves_are_forecast_one_after_another_by_hand() -> None:
    prices = np.array([100.0, 110.0, 121.0 * 1.1])  # moves 0.1 and 0.21

    found = Autoregression(0.01, np.array([0.5, 0.2])).forecast(prices, np.array([3]), 2)

    first = 0.01 + 0.5 * 0.21 + 0.2 * 0.1
    second = 0.01 + 0.5 * first + 0.2 * 0.21
    np.testing.assert_allclose(
        found, [[prices[-1] * (1 + first), prices[-1] * (1 + first) * (1 + second)]]
    )

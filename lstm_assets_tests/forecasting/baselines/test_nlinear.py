"""NLinear beside scikit-learn's least squares, window by window."""

import numpy as np
from sklearn.linear_model import LinearRegression

from lstm_assets.forecasting.baselines.nlinear import fit_nlinear
from lstm_assets_tests.forecasting.baselines.series import CUT, HORIZON, LOOK_BACK, part, walk

PRICES = walk()


def window(origin: int) -> list[float]:
    last = PRICES[origin - 1]
    return [float(PRICES[at] / last - 1) for at in range(origin - LOOK_BACK, origin)]


def test_the_layer_is_fitted_to_the_training_windows_only() -> None:
    origins = range(LOOK_BACK, CUT - HORIZON + 1)
    ahead = [PRICES[at : at + HORIZON] / PRICES[at - 1] - 1 for at in origins]
    theirs = LinearRegression().fit([window(at) for at in origins], ahead)
    later = np.array([CUT, CUT + 30])

    found = fit_nlinear(part(PRICES)).forecast(PRICES, later, HORIZON)

    moves = theirs.predict([window(int(at)) for at in later])
    np.testing.assert_allclose(found, PRICES[later - 1][:, None] * (1 + moves), rtol=1e-9)

"""The last price and drift, beside the same forecasts elsewhere."""

import numpy as np

from lstm_assets.data.windows import Split
from lstm_assets.evaluation.holdout import drift
from lstm_assets.evaluation.metrics import last_seen, per_evaluation_bar
from lstm_assets.forecasting.baselines.steady import fit_drift, fit_last_price
from lstm_assets_tests.forecasting.baselines.series import CUT, HORIZON, LOOK_BACK, part, walk

PRICES = walk()
SPLIT = Split(len(PRICES), LOOK_BACK, HORIZON, cut=CUT, evaluation_start=CUT + 20)


def test_the_last_price_is_the_naive_forecast() -> None:
    found = fit_last_price(part(PRICES)).forecast(PRICES, SPLIT.evaluation_origins, HORIZON)

    assert np.array_equal(per_evaluation_bar(found, SPLIT), last_seen(PRICES, SPLIT))


def test_drift_is_the_one_that_a_holdout_is_tested_against() -> None:
    found = fit_drift(part(PRICES)).forecast(PRICES, SPLIT.evaluation_origins, HORIZON)

    expected = drift(last_seen(PRICES, SPLIT), PRICES[:CUT], HORIZON)
    np.testing.assert_allclose(per_evaluation_bar(found, SPLIT), expected, rtol=1e-14)

"""The last price and drift, beside the same forecasts elsewhere."""

import numpy as np
import pytest

from lstm_assets.data.windows import Split
from lstm_assets.evaluation.metrics import last_seen, per_evaluation_bar
from lstm_assets.forecasting.baselines import TrainingPart, forecast_bars
from lstm_assets.forecasting.baselines.steady import fit_drift, fit_last_price
from lstm_assets_tests.forecasting.baselines.series import CUT, HORIZON, LOOK_BACK, part, walk

PRICES = walk()
SPLIT = Split(len(PRICES), LOOK_BACK, HORIZON, cut=CUT, evaluation_start=CUT + 20)


def test_the_last_price_is_the_naive_forecast() -> None:
    found = fit_last_price(part(PRICES)).forecast(PRICES, SPLIT.evaluation_origins, HORIZON)

    assert np.array_equal(per_evaluation_bar(found, SPLIT), last_seen(PRICES, SPLIT))


def test_drift_goes_on_as_the_training_part_moved() -> None:
    still, rising = np.array([90.0, 100.0, 90.0]), np.array([100.0, 102.0, 104.04])
    drift = fit_drift(TrainingPart(rising, look_back=1, horizon=2))

    found = forecast_bars(drift, np.array([50.0, 1.0, 1.0, 1.0]), 1, Split(3, 1, 2, 1, 1))

    np.testing.assert_allclose(found, [51.0, 52.0, 1.02])
    assert fit_drift(TrainingPart(still, 1, 1)).move == pytest.approx(((10 / 90) - 0.1) / 2)

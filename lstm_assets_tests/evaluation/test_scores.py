import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.data.windows import Floats, Split, inputs, targets
from lstm_assets.evaluation.metrics import direction_accuracy, mean_squared_error, naive_mse
from lstm_assets.evaluation.scores import Predict, evaluate, score

PRICES = st.lists(st.integers(50, 200).map(float), min_size=40, max_size=80).map(np.array)


def split_of(series: Floats, horizon: int) -> Split:
    return Split.of(len(series), 0.7, 0.2, size_sequence=3, horizon=horizon)


def naive(horizon: int) -> Predict:
    return lambda windows: np.repeat(windows[:, -1], horizon, axis=1)


def foresight(series: Floats, horizon: int) -> Predict:
    """Knows what follows every window of a series whose windows are all different."""
    longer = np.concatenate([series, np.full(horizon, series[-1])])
    origins = np.arange(3, len(series))
    after = {
        window.tobytes(): target
        for window, target in zip(
            inputs(longer, origins, 3), targets(longer, origins, 3, horizon), strict=True
        )
    }
    return lambda windows: np.array([after[window.tobytes()] for window in windows])


@settings(deadline=None)
@given(PRICES, st.integers(1, 4))
def test_the_naive_forecast_scores_the_naive_mse(series: Floats, horizon: int) -> None:
    split = split_of(series, horizon)

    scores = score(naive(horizon), series, split)

    assert scores.mse == pytest.approx(naive_mse(series, split), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("horizon", [1, 2, 3])
def test_perfect_foresight_makes_no_error(horizon: int) -> None:
    series = 100 + 10 * np.sin(np.arange(50.0)) + np.arange(50.0)

    scores = score(foresight(series, horizon), series, split_of(series, horizon))

    assert scores.loss == 0.0
    assert scores.mse == pytest.approx(0.0, abs=1e-20)
    assert scores.accuracy == 1.0


def test_the_scores_of_a_forecast_by_hand() -> None:
    series = np.array([10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 20.0, 20.0, 30.0])
    split = Split.of(10, ratio_train_set=0.6, evaluation_share=0.3, size_sequence=2, horizon=1)

    scores = score(lambda windows: np.full((len(windows), 1), 0.5), series, split)

    # Tested: bars 6 to 9, first bars 10 10 10 20, so 0 1 1 0.5 in window units; forecasts are 0.5.
    assert scores.loss == (0.5**2 + 0.5**2 + 0.5**2 + 0) / 4
    # Evaluated: bars 7 to 9, forecasts 15 15 30 against 20 20 30, seen 10 20 20; bar 8 stood still.
    assert scores.mse == (5**2 + 5**2 + 0) / 3
    assert scores.relative_mse == ((5 / 10) ** 2 + (5 / 20) ** 2 + 0) / 3
    assert scores.accuracy == 1.0


def test_the_forecasts_behind_the_scores_by_hand() -> None:
    series = np.array([10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 10.0, 20.0, 20.0, 30.0])
    split = Split.of(10, ratio_train_set=0.6, evaluation_share=0.3, size_sequence=2, horizon=1)

    evaluated = evaluate(lambda windows: np.full((len(windows), 1), 0.5), series, split)

    assert evaluated.actual.tolist() == [20.0, 20.0, 30.0]
    assert evaluated.predicted.tolist() == [15.0, 15.0, 30.0]
    assert evaluated.naive.tolist() == [10.0, 20.0, 20.0]


@given(PRICES, st.integers(1, 4), st.floats(-0.5, 0.5))
def test_the_scores_are_those_of_the_forecasts(
    series: Floats, horizon: int, forecast: float
) -> None:
    split = split_of(series, horizon)

    def predict(windows: Floats) -> Floats:
        return np.full((len(windows), horizon), forecast)

    evaluated = evaluate(predict, series, split)

    actual, predicted, seen = evaluated.actual, evaluated.predicted, evaluated.naive
    assert evaluated.scores.mse == mean_squared_error(actual, predicted)
    accuracy = direction_accuracy(actual, predicted, seen)
    assert evaluated.scores.accuracy == pytest.approx(accuracy, nan_ok=True, abs=0)
    assert mean_squared_error(actual, seen) == naive_mse(series, split)
    assert len(actual) == len(predicted) == len(seen) == len(series) - split.evaluation_start


def test_loss_is_of_the_test_windows_and_mse_of_the_evaluation_bars() -> None:
    series = np.array([10.0, 10.0, 10.0, 10.0, 20.0, 20.0, 20.0, 20.0, 20.0, 20.0])
    split = Split.of(10, ratio_train_set=0.4, evaluation_share=0.2, size_sequence=2, horizon=1)

    scores = score(naive(1), series, split)

    assert scores.loss == 1 / 6  # the jump at bar 4 is tested, and 1 in window units
    assert scores.mse == 0.0  # bars 8 and 9 stand still
    assert np.isnan(scores.accuracy)

import math

import numpy as np

from lstm_assets.data.windows import Split
from lstm_assets.evaluation.metrics import (
    direction_accuracy,
    last_seen,
    mean_squared_error,
    naive_mse,
)


def test_mean_squared_error_by_hand() -> None:
    assert mean_squared_error(np.array([1.0, 2.0, 4.0]), np.array([1.0, 4.0, 3.0])) == 5 / 3


def test_direction_accuracy_counts_the_bars_whose_direction_was_right() -> None:
    seen = np.array([10.0, 10.0, 10.0, 10.0])
    actual = np.array([11.0, 9.0, 12.0, 8.0])
    predicted = np.array([10.5, 9.5, 9.0, 7.0])  # right, right, wrong, right

    assert direction_accuracy(actual, predicted, seen) == 0.75


def test_bars_that_did_not_move_are_left_out() -> None:
    seen = np.array([10.0, 10.0, 10.0])
    actual = np.array([10.0, 11.0, 9.0])
    predicted = np.array([12.0, 11.0, 11.0])

    assert direction_accuracy(actual, predicted, seen) == 0.5


def test_a_forecast_of_no_move_is_wrong_for_a_bar_that_moved() -> None:
    seen = np.array([10.0, 10.0])

    assert direction_accuracy(np.array([11.0, 9.0]), seen, seen) == 0.0


def test_there_is_no_accuracy_where_no_bar_moved() -> None:
    seen = np.array([10.0, 11.0])

    assert math.isnan(direction_accuracy(seen, seen + 1, seen))


def test_the_naive_forecast_is_the_last_price_before_each_window() -> None:
    series = np.array([1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 22.0, 29.0, 37.0, 46.0])
    one = Split.of(10, ratio_train_set=0.5, evaluation_share=0.3, size_sequence=2, horizon=1)
    two = Split.of(10, ratio_train_set=0.5, evaluation_share=0.3, size_sequence=2, horizon=2)

    assert last_seen(series, one).tolist() == [22.0, 29.0, 37.0]
    assert last_seen(series, two).tolist() == [22.0, 22.0, 37.0]


def test_the_naive_mse_by_hand() -> None:
    series = np.array([1.0, 2.0, 4.0, 7.0, 11.0, 16.0, 22.0, 29.0, 37.0, 46.0])
    one = Split.of(10, ratio_train_set=0.5, evaluation_share=0.3, size_sequence=2, horizon=1)
    two = Split.of(10, ratio_train_set=0.5, evaluation_share=0.3, size_sequence=2, horizon=2)

    assert naive_mse(series, one) == (7**2 + 8**2 + 9**2) / 3
    assert naive_mse(series, two) == (7**2 + 15**2 + 9**2) / 3

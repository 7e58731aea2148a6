import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit

from lstm_assets.sklearn import windows


def test_a_window_is_followed_by_its_target() -> None:
    x, y = windows([1, 2, 3, 4, 5], look_back=3)

    assert x.tolist() == [[1, 2, 3], [2, 3, 4]]
    assert y.tolist() == [4, 5]


def test_a_longer_horizon_has_a_column_for_each_bar() -> None:
    x, y = windows(pd.Series([1.0, 2.0, 3.0, 4.0, 5.0]), look_back=2, horizon=2)

    assert x.tolist() == [[1, 2], [2, 3]]
    assert y.tolist() == [[3, 4], [4, 5]]


@given(look_back=st.integers(1, 6), horizon=st.integers(1, 4), more=st.integers(0, 20))
def test_every_window_is_a_piece_of_the_series(look_back: int, horizon: int, more: int) -> None:
    series = np.arange(look_back + horizon + more) ** 2.0

    x, y = windows(series, look_back, horizon)

    pieces = np.hstack([x, y.reshape(len(x), horizon)])
    size = look_back + horizon
    assert pieces.tolist() == [series[at : at + size].tolist() for at in range(more + 1)]


@given(horizon=st.integers(1, 5), folds=st.integers(2, 5))
def test_with_a_gap_of_the_horizon_no_bar_is_a_target_on_both_sides(
    horizon: int, folds: int
) -> None:
    _, y = windows(np.arange(100.0), look_back=3, horizon=horizon)

    for train, test in TimeSeriesSplit(folds, gap=horizon).split(y):
        assert y[train].max() < y[test].min()


@pytest.mark.parametrize(
    ("prices", "look_back", "horizon", "told"),
    [
        ([[1.0, 2.0]], 1, 1, "prices has shape (1, 2), expected one axis: one price per bar."),
        ([1, 2, 3], 0, 1, "look_back is 0, expected whole bars from 1."),
        ([1, 2, 3], 1, 1.5, "horizon is 1.5, expected whole bars from 1."),
        (
            [1, 2, 3], 2, 2,
            "3 prices are too few for look_back 2 and horizon 2: at least 4 are needed.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_cut_is_refused(
    prices: list[float], look_back: int, horizon: int, told: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(told)}$"):
        windows(prices, look_back, horizon)

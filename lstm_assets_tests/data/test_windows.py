from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lstm_assets.data.windows import (
    Split,
    bars_needed,
    inputs,
    price_series,
    ratio_before_evaluation,
    scale,
    targets,
)
from lstm_assets.errors import LeakError, TooFewBarsError

SHARES = st.integers(5, 50).map(lambda percent: Decimal(percent) / 100)
RATIOS = st.integers(10, 95).map(lambda percent: Decimal(percent) / 100)
LOOK_BACKS = st.integers(1, 30)
HORIZONS = st.integers(1, 7)


@st.composite
def splits(draw: st.DrawFn) -> Split:
    """A split of a study."""
    share = draw(SHARES)
    ratio = draw(st.one_of(st.just(1 - share), RATIOS))
    assume(ratio <= 1 - share)
    shape = (float(ratio), float(share), draw(LOOK_BACKS), draw(HORIZONS))
    return Split.of(bars_needed(*shape) + draw(st.integers(0, 3000)), *shape)


def target_bars(origins: np.ndarray, split: Split) -> np.ndarray:
    return origins[:, None] + np.arange(split.horizon)  # (W, horizon)


def test_ten_bars_are_cut_as_the_definition_says() -> None:
    split = Split.of(10, ratio_train_set=0.7, evaluation_share=0.2, size_sequence=3, horizon=1)

    assert (split.cut, split.evaluation_start) == (7, 8)
    assert split.train_origins.tolist() == [3, 4, 5, 6]
    assert split.test_origins.tolist() == [7, 8, 9]
    assert split.evaluation_origins.tolist() == [8, 9]


def test_a_window_of_two_targets_trains_or_tests_if_both_lie_on_one_side() -> None:
    split = Split.of(10, ratio_train_set=0.5, evaluation_share=0.3, size_sequence=2, horizon=2)

    assert split.train_origins.tolist() == [2, 3]  # targets 2 3 and 3 4; 4 5 lies on both sides
    assert split.test_origins.tolist() == [5, 6, 7, 8]
    assert split.evaluation_origins.tolist() == [7, 9]  # of 9 and 10, the latter is not scored


def test_the_reference_experiment_is_cut_into_its_2560_bars() -> None:
    split = Split.of(2560, ratio_train_set=0.8, evaluation_share=0.1, size_sequence=50, horizon=1)

    assert (split.cut, split.evaluation_start) == (2048, 2304)
    assert (len(split.train_origins), len(split.test_origins)) == (1998, 512)
    assert len(split.evaluation_origins) == 256


def test_a_ratio_up_to_the_evaluation_bars_trains_up_to_them_whatever_floats_say() -> None:
    split = Split.of(550, ratio_train_set=0.93, evaluation_share=0.07, size_sequence=5, horizon=1)

    assert 0.93 * 550 > (1 - 0.07) * 550  # by a hair, across a half
    assert split.cut == split.evaluation_start == 512


def test_a_cell_that_would_train_on_evaluation_bars_is_refused() -> None:
    with pytest.raises(LeakError) as refusal:
        Split.of(1000, ratio_train_set=0.9, evaluation_share=0.2, size_sequence=5, horizon=1)

    assert str(refusal.value) == (
        "ratio_train_set 0.9 trains up to bar 900 of 1000, but evaluation starts at bar 800. "
        "Lower ratio_train_set or evaluation_share."
    )


@settings(deadline=None)
@given(splits())
def test_no_training_target_lies_at_or_after_the_cut(split: Split) -> None:
    assert target_bars(split.train_origins, split).max() == split.cut - 1
    assert (split.train_origins - split.size_sequence).min() == 0


@settings(deadline=None)
@given(splits())
def test_no_test_target_lies_before_the_cut(split: Split) -> None:
    bars = target_bars(split.test_origins, split)

    assert bars.min() >= split.cut
    assert bars.max() == split.bars - 1
    assert (split.test_origins - split.size_sequence).min() >= 0


@settings(deadline=None)
@given(splits())
def test_no_evaluation_bar_is_trained_on(split: Split) -> None:
    assert target_bars(split.train_origins, split).max() < split.evaluation_start


@settings(deadline=None)
@given(splits())
def test_each_evaluation_bar_is_forecast_once(split: Split) -> None:
    bars = target_bars(split.evaluation_origins, split).ravel()

    scored = bars[bars < split.bars].tolist()

    assert scored == list(range(split.evaluation_start, split.bars))
    assert (split.evaluation_origins - split.size_sequence).min() >= 0


@settings(deadline=None)
@given(st.integers(100, 3000), SHARES, RATIOS, RATIOS, LOOK_BACKS, LOOK_BACKS)
def test_all_cells_of_a_study_are_scored_on_the_same_bars(
    bars: int, share: Decimal, ratio: Decimal, other: Decimal, look_back: int, longer: int
) -> None:
    assume(max(ratio, other) <= 1 - share)
    assume(bars >= bars_needed(float(ratio), float(share), look_back, 1))
    assume(bars >= bars_needed(float(other), float(share), longer, 1))

    split = Split.of(bars, float(ratio), float(share), look_back, 1)
    another = Split.of(bars, float(other), float(share), longer, 1)

    assert split.evaluation_origins.tolist() == another.evaluation_origins.tolist()


@settings(deadline=None)
@given(RATIOS, SHARES, LOOK_BACKS, HORIZONS)
def test_bars_needed_is_the_smallest_number_that_can_be_cut(
    ratio: Decimal, share: Decimal, look_back: int, horizon: int
) -> None:
    assume(ratio <= 1 - share)
    shape = (float(ratio), float(share), look_back, horizon)

    needed = bars_needed(*shape)

    Split.of(needed, *shape)
    for fewer in range(needed):
        with pytest.raises(TooFewBarsError):
            Split.of(fewer, *shape)


@pytest.mark.parametrize("ratio", [0.000001, 0.999999])
def test_a_ratio_near_0_or_1_needs_very_many_bars(ratio: float) -> None:
    assert bars_needed(ratio, 0.1, 50, 1) == {0.000001: 50_500_001, 0.999999: 500_001}[ratio]


def test_too_few_bars_are_refused_with_what_is_needed() -> None:
    with pytest.raises(TooFewBarsError) as error:
        Split.of(60, ratio_train_set=0.8, evaluation_share=0.1, size_sequence=50, horizon=1)

    assert str(error.value) == (
        "60 bars are too few for size_sequence 50, a horizon of 1 and ratio_train_set 0.8: "
        "at least 64 are needed. Widen the study's dates, or lower size_sequence."
    )


@settings(deadline=None)
@given(st.integers(1, 9999).map(lambda parts: Decimal(parts) / 10_000))
def test_what_is_left_of_a_share_is_what_decimals_say(share: Decimal) -> None:
    assert ratio_before_evaluation(float(share)) == float(1 - share)


def test_windows_are_divided_by_their_first_bar_minus_1() -> None:
    series = np.array([100.0, 110.0, 120.0, 132.0, 60.0])
    origins = np.array([2, 3])

    assert inputs(series, origins, size_sequence=2) == pytest.approx(
        np.array([[[0.0], [0.1]], [[0.0], [12 / 110 - 2 / 110]]])
    )
    assert targets(series, origins, size_sequence=2, horizon=2) == pytest.approx(
        np.array([[0.2, 0.32], [0.2, 60 / 110 - 1]])
    )
    assert scale(series, origins, size_sequence=2).tolist() == [[100.0], [110.0]]


@settings(deadline=None)
@given(
    st.lists(st.floats(0.01, 1e6), min_size=12, max_size=40), st.integers(1, 5), st.integers(1, 5)
)
def test_targets_times_scale_are_prices_again(
    prices: list[float], look_back: int, horizon: int
) -> None:
    series = np.array(prices)
    origins = np.arange(look_back, len(series) - horizon + 1)

    units = targets(series, origins, look_back, horizon)
    restored = (units + 1) * scale(series, origins, look_back)

    assert restored[:, 0] == pytest.approx(series[origins])


def test_a_series_is_the_mid_price_or_the_close() -> None:
    bars = pd.DataFrame({"high": [3.0, 5.0], "low": [1.0, 4.0], "close": [1.5, 4.5]})

    assert price_series(bars, "mid").tolist() == [2.0, 4.5]
    assert price_series(bars, "close").tolist() == [1.5, 4.5]

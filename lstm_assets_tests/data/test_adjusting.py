import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_assets.data.adjusting import Adjusted, adjust, adjusted_after
from lstm_assets.errors import InvalidPricesError
from lstm_assets.sources.prices import ACTION_COLUMNS, BAR_COLUMNS, PRICE_COLUMNS, Prices

BEGIN, END = datetime.date(2003, 1, 1), datetime.date(2003, 12, 31)
NAN = float("nan")


def prices(bars: list[list[Any]], actions: list[tuple[str, float, float]] | None = None) -> Prices:
    """Bars of [date, open, high, low, close, volume], or [date, close]; dates as MM-DD."""
    rows = [[row[0], *[row[1]] * 4, 100.0] if len(row) == 2 else row for row in bars]
    return Prices(
        pd.DataFrame([[f"2003-{date}", *rest] for date, *rest in rows], columns=BAR_COLUMNS),
        pd.DataFrame(
            [(f"2003-{date}", *rest) for date, *rest in actions or []], columns=ACTION_COLUMNS
        ),
    )


def adjusted(
    bars: list[list[Any]], actions: list[tuple[str, float, float]] | None = None
) -> Adjusted:
    return adjust(prices(bars, actions), BEGIN, END)


def happened(result: Adjusted) -> dict[str, int]:
    return {rule: count for rule, count in result.counts.items() if count}


def test_a_split_and_a_dividend_give_yahoos_own_example() -> None:
    # Yahoo Help SLN28256: a 2:1 split on the 18th, 0.08 paid on the 21st.
    closes = {"16": 46.99, "17": 48.30, "18": 24.96, "19": 24.91, "20": 24.95, "21": 24.53}
    bars = [[f"02-{day}", close] for day, close in closes.items()]

    result = adjusted(bars, [("02-18", 0.0, 2.0), ("02-21", 0.08, 1.0)])

    assert result.bars["close"].round(2).to_list() == [23.42, 24.07, 24.88, 24.83, 24.87, 24.53]
    assert result.bars["volume"].to_list() == [200, 200, 100, 100, 100, 100]
    assert happened(result) == {"adjusted_splits": 1, "adjusted_dividends": 1}


def test_every_rule_counts_under_its_name_in_order() -> None:
    result = adjusted(
        [
            ["01-02", 5.0, NAN, 5.0, 5.0, 1.0],
            ["01-03", 10.0],
            ["01-06", 0.0],
            ["01-07", 10.0, 9.0, 11.0, 10.0, 1.0],
            ["01-08", 7.0],
            ["01-08", 12.0],
            ["01-09", NAN],
            ["01-10", -1.0, 1.0, 2.0, 3.0, 1.0],
        ]
    )

    assert list(result.counts) == [
        "dropped_outside_study",
        "dropped_duplicate",
        "dropped_non_positive",
        "dropped_high_below_low",
        "dropped_leading_gap",
        "adjusted_splits",
        "adjusted_dividends",
        "filled_gaps",
    ]
    assert list(result.counts.values()) == [0, 1, 2, 1, 1, 0, 0, 1]
    assert result.bars["close"].to_list() == [10.0, 12.0, 12.0]


def test_dropped_bars_are_kept_as_traded_with_the_rule_that_dropped_them() -> None:
    result = adjusted(
        [
            ["01-02", 5.0, float("inf"), 5.0, 5.0, 1.0],
            ["01-03", 10.0],
            ["01-07", 10.0, 9.0, 11.0, 10.0, 1.0],
            ["01-06", -1.0],
            ["01-08", 7.0],
            ["01-08", 12.0],
        ],
        [("01-08", 0.0, 2.0)],
    )

    assert result.dropped.columns.to_list() == [*BAR_COLUMNS, "rule"]
    assert result.dropped[["date", "close", "rule"]].to_numpy().tolist() == [
        ["2003-01-08", 7.0, "dropped_duplicate"],
        ["2003-01-06", -1.0, "dropped_non_positive"],
        ["2003-01-07", 10.0, "dropped_high_below_low"],
        ["2003-01-02", 5.0, "dropped_leading_gap"],
    ]
    assert np.isnan(result.dropped["high"].iloc[3])


def test_bars_outside_the_study_are_dropped_and_open_ended_keeps_the_newest() -> None:
    series = prices([["01-02", 1.0], ["01-03", 2.0], ["01-06", 3.0]])
    day = datetime.date(2003, 1, 3)

    closed, open_ended = adjust(series, day, day), adjust(series, day, None)

    assert closed.bars["close"].to_list() == [2.0]
    assert closed.counts["dropped_outside_study"] == 2
    assert open_ended.bars["close"].to_list() == [2.0, 3.0]


def test_of_repeated_dates_the_last_row_counts_and_rows_are_sorted() -> None:
    result = adjusted([["01-03", 2.0], ["01-02", 1.0], ["01-03", 3.0]])

    assert result.bars["date"].to_list() == ["2003-01-02", "2003-01-03"]
    assert result.bars["close"].to_list() == [1.0, 3.0]


@pytest.mark.parametrize(
    ("gap", "filled"),
    [
        ([NAN, NAN, NAN, NAN], [10, 10, 10, 10]),
        ([NAN, 12, 11, 11.5], [11, 12, 11, 11.5]),
        ([9, 9.5, 9, NAN], [9, 9.5, 9, 9.5]),
        ([12, NAN, 11, 11.5], [12, 12, 11, 11.5]),
        ([8, 9, NAN, 8.5], [8, 9, 8, 8.5]),
        ([NAN, NAN, 11, NAN], [11, 11, 11, 11]),
        ([float("inf"), 12, 9, 11], [10, 12, 9, 11]),
    ],
)
def test_a_gap_takes_the_close_before_as_far_as_the_bar_allows(
    gap: list[float], filled: list[float]
) -> None:
    result = adjusted([["01-02", 10.0], ["01-03", *gap, NAN]])

    assert result.bars[PRICE_COLUMNS].iloc[1].to_list() == filled
    assert np.isnan(result.bars["volume"].iloc[1])
    assert happened(result) == {"filled_gaps": 1}


def test_a_dropped_bar_fills_no_gap() -> None:
    result = adjusted([["01-02", 10.0], ["01-03", -99.0], ["01-06", NAN]])

    assert result.bars["close"].to_list() == [10.0, 10.0]


def test_a_gap_on_a_splits_date_is_filled_at_the_new_scale() -> None:
    result = adjusted([["01-02", 100.0], ["01-03", NAN], ["01-06", 51.0]], [("01-03", 0.0, 2.0)])

    assert result.bars["close"].to_list() == [50.0, 50.0, 51.0]


def test_a_dividend_after_a_gap_and_a_split_is_weighed_against_the_split_close() -> None:
    # 100 before the split is 50 after it, so 5 paid is a tenth.
    result = adjusted(
        [["01-02", 100.0], ["01-03", NAN], ["01-06", 45.0]],
        [("01-03", 0.0, 2.0), ("01-06", 5.0, 1.0)],
    )

    assert result.bars["close"].to_list() == [45.0, 45.0, 45.0]


def test_a_split_and_a_dividend_on_one_date_count_per_new_share() -> None:
    result = adjusted([["01-02", 100.0], ["01-03", 45.0]], [("01-03", 5.0, 2.0)])

    assert result.bars["close"].to_list() == [45.0, 45.0]


def test_an_action_on_a_date_without_a_bar_lies_between_the_bars_around_it() -> None:
    result = adjusted([["01-02", 100.0], ["01-06", 50.0]], [("01-04", 0.0, 2.0)])

    assert result.bars["close"].to_list() == [50.0, 50.0]


@pytest.mark.parametrize("date", ["01-01", "01-02", "01-04", "12-31"])
def test_an_action_with_bars_on_one_side_only_changes_nothing(date: str) -> None:
    result = adjusted([["01-02", 100.0], ["01-03", 101.0]], [(date, 500.0, 2.0)])

    assert result.bars["close"].to_list() == [100.0, 101.0]
    assert happened(result) == {}


@pytest.mark.parametrize(
    ("dividend", "split", "message"),
    [
        (100.0, 1.0, "dividend is 100, expected 0 or more and below 100, the close before"),
        (-1.0, 1.0, "dividend is -1, expected 0 or more and below 100, the close before"),
        (50.0, 2.0, "dividend is 50, expected 0 or more and below 50, the close before"),
        (0.0, -2.0, "split is -2, expected more than 0"),
    ],
)
def test_an_action_no_share_survives_is_refused(
    dividend: float, split: float, message: str
) -> None:
    with pytest.raises(InvalidPricesError) as caught:
        adjusted([["01-02", 100.0], ["01-03", 50.0]], [("01-03", dividend, split)])

    assert str(caught.value) == f"action of 2003-01-03: {message}. Correct it at the source."


def test_the_given_prices_stay_as_they_are() -> None:
    given_prices = prices([["01-02", 100.0], ["01-03", NAN]], [("01-03", 0.0, 2.0)])
    before = given_prices.bars.copy()

    adjust(given_prices, BEGIN, END)

    pd.testing.assert_frame_equal(given_prices.bars, before)


CLEAN = st.floats(1.0, 1000.0)
ANY = CLEAN | st.sampled_from([NAN, float("inf"), float("-inf"), 0.0, -5.0])
DATES = st.integers(1, 28).map(lambda day: f"01-{day:02}")
ACTIONS = st.lists(
    st.tuples(DATES, st.floats(0.0, 0.05), st.sampled_from([0.5, 1.0, 2.0, 7.0])), max_size=4
)
MESSY = st.lists(st.tuples(DATES, ANY, ANY, ANY, ANY, ANY), max_size=12)


@settings(deadline=None, max_examples=60)
@given(MESSY, ACTIONS, st.integers(1, 28), st.integers(1, 28))
def test_whatever_comes_in_clean_bars_come_out(
    bars: list[Any], actions: list[Any], first: int, last: int
) -> None:
    begin, end = datetime.date(2003, 1, first), datetime.date(2003, 1, last)
    given_prices = prices([list(bar) for bar in bars], actions)

    result = adjust(given_prices, begin, end)

    dates, numbers = result.bars["date"], result.bars[PRICE_COLUMNS]
    assert result.bars.columns.to_list() == BAR_COLUMNS
    assert dates.is_monotonic_increasing
    assert dates.is_unique
    assert dates.between(begin.isoformat(), end.isoformat()).all()
    assert np.isfinite(numbers).all(axis=None)
    assert (numbers > 0).all(axis=None)
    assert (result.bars["high"] >= result.bars["low"]).all()
    assert result.bars.dtypes.iloc[1:].eq("float64").all()
    dropped = [count for rule, count in result.counts.items() if rule.startswith("dropped_")]
    assert len(bars) == len(result.bars) + sum(dropped)
    rules = result.dropped["rule"].value_counts().to_dict()
    assert rules == {rule: n for rule, n in happened(result).items() if rule.startswith("dropped_")}
    assert result.dropped.dtypes[BAR_COLUMNS[1:]].eq("float64").all()
    again = adjust(Prices(result.bars, given_prices.actions[:0]), begin, end)
    pd.testing.assert_frame_equal(again.bars, result.bars)
    assert happened(again) == {}


@settings(deadline=None, max_examples=60)
@given(
    st.lists(CLEAN, min_size=2, max_size=8),
    st.lists(
        st.tuples(st.floats(0.0, 0.9), st.sampled_from([0.5, 1.0, 2.0, 7.0])),
        min_size=8,
        max_size=8,
    ),
)
def test_returns_over_every_ex_date_are_those_of_a_holder_who_reinvests(
    closes: list[float], paid: list[tuple[float, float]]
) -> None:
    # A share before is `split` shares after, each worth close / split less what it paid.
    days = range(1, len(closes))
    dividends = [paid[day][0] * closes[day - 1] / paid[day][1] for day in days]
    actions = [
        (f"01-{day + 1:02}", dividend, paid[day][1])
        for day, dividend in zip(days, dividends, strict=True)
    ]
    bars = [[f"01-{day + 1:02}", close] for day, close in enumerate(closes)]

    result = adjusted(bars, actions)

    moves = (result.bars["close"] / result.bars["close"].shift()).to_list()[1:]
    for day, dividend, move in zip(days, dividends, moves, strict=True):
        entry = closes[day - 1] / paid[day][1] - dividend
        assert move == pytest.approx(closes[day] / entry)
    assert result.bars["close"].iloc[-1] == closes[-1]


def test_later_bars_follow_at_the_scale_of_those_before() -> None:
    # A 2:1 split and a dividend of 1 come later: 100, 110 | 56 (112 before the split), 54 (+ 1).
    given = prices(
        [["01-02", 100.0], ["01-03", 110.0], ["01-06", 56.0], ["01-07", 54.0]],
        [("01-06", 0.0, 2.0), ("01-07", 1.0, 1.0)],
    )
    before = adjust(given, BEGIN, datetime.date(2003, 1, 3)).bars

    after = adjusted_after(given, before, END)

    assert before["close"].to_list() == [100.0, 110.0]
    assert after["date"].to_list() == ["2003-01-06", "2003-01-07"]
    assert after["close"].to_list() == pytest.approx([112.0, 2 * 54.0 / (1 - 1 / 56)])
    assert after["volume"].to_list() == pytest.approx([50.0, 50.0])


@given(st.lists(st.floats(1, 1000), min_size=4, max_size=12), st.integers(1, 3))
def test_later_bars_without_actions_are_as_traded(closes: list[float], first: int) -> None:
    given_prices = prices([[f"02-{day:02}", close] for day, close in enumerate(closes, 1)])
    before = adjust(given_prices, BEGIN, datetime.date(2003, 2, first)).bars

    after = adjusted_after(given_prices, before, END)

    assert after["close"].to_list() == closes[first:]

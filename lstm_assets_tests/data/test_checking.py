import datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_assets.data.adjusting import adjust
from lstm_assets.data.checking import Finding, check_bars
from lstm_assets.sources.ecb import Ecb
from lstm_assets.sources.prices import BAR_COLUMNS, PRICE_COLUMNS, Prices, is_date, no_actions

NAMES = ["dates_ordered", "prices_positive", "prices_complete", "no_long_gap"]
NAN, INF = float("nan"), float("inf")


def bars(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Bars of (date, close), or of (date, open, high, low, close), without volumes."""
    whole = [(row[0], *[row[1]] * 4) if len(row) == 2 else row for row in rows]
    return pd.DataFrame([(*row, NAN) for row in whole], columns=BAR_COLUMNS)


def found(frame: pd.DataFrame, max_gap: int = 3) -> dict[str, Finding]:
    findings = check_bars(frame, max_gap)
    assert [finding.name for finding in findings] == NAMES
    return {finding.name: finding for finding in findings}


def failed(frame: pd.DataFrame, max_gap: int = 3) -> list[str]:
    return [name for name, finding in found(frame, max_gap).items() if not finding.passed]


GOOD = bars(("2020-01-02", 1.0), ("2020-01-03", 2.0), ("2020-01-06", 3.0))  # Thursday to Monday


def test_good_bars_pass_every_check_in_a_sentence_each() -> None:
    said = [(finding.description, finding.numbers) for finding in check_bars(GOOD, 3)]

    assert failed(GOOD) == []
    assert said == [
        ("3 bars, in the order of their dates.", {"bars": 3, "bars_out_of_order": 0}),
        ("No bar of 3 has a price of 0 or less.", {"bars": 3, "bars_wrong": 0}),
        ("No bar of 3 has a missing price.", {"bars": 3, "bars_wrong": 0}),
        (
            "The largest gap has 0 weekdays without a bar, between 2020-01-02 and 2020-01-03; "
            "gaps over the 3 allowed: 0.",
            {
                "largest_gap": 0,
                "gap_begin": "2020-01-02",
                "gap_end": "2020-01-03",
                "gaps_over": 0,
            },
        ),
    ]


def test_the_reference_study_s_bars_pass_with_easter_as_their_largest_gap() -> None:
    begin, end = datetime.date(2013, 1, 1), datetime.date(2022, 12, 31)
    prices = Ecb().fetch("USD/KRW", begin, end)

    assert failed(prices.bars, 2) == []
    assert failed(prices.bars, 1) == ["no_long_gap"]
    # Good Friday was 2013-03-29, Easter Monday 2013-04-01.
    gap = found(prices.bars)["no_long_gap"].numbers
    assert (gap["largest_gap"], gap["gap_begin"], gap["gap_end"]) == (2, "2013-03-28", "2013-04-02")


@pytest.mark.parametrize(
    ("dates", "row", "first", "wrong"),
    [
        (["2020-01-02", "2020-01-02", "2020-01-03"], 2, "2020-01-02", 1),
        (["2020-01-06", "2020-01-02", "2020-01-07"], 2, "2020-01-02", 1),
        (["2020-01-06", "2020-01-02", "2020-01-03"], 2, "2020-01-02", 2),
        (["2020-01-02", None, "2020-01-03"], 2, "nan", 1),
        ([NAN, "2020-01-02", "2020-01-03"], 1, "nan", 1),
        (["2020-01-02", "20200103", "2020-02-30"], 2, "'20200103'", 2),
        (["2020-01-02", 20200103, "2020-01-06"], 2, "20200103", 1),
    ],
)
def test_a_date_out_of_order_or_none_is_named(
    dates: list[Any], row: int, first: str, wrong: int
) -> None:
    frame = bars(*[(date, 1.0) for date in dates])

    finding = found(frame)["dates_ordered"]

    assert failed(frame) == ["dates_ordered"]
    assert finding.numbers["first_row"] == row
    assert finding.numbers["bars_out_of_order"] == wrong
    assert finding.numbers["first_date"] == first
    assert finding.description == (
        f"Bars that are not in date order: {wrong} of 3, the first in row {row}, dated {first}."
    )


def test_prices_of_0_or_less_are_named_by_the_first_one() -> None:
    frame = bars(
        ("2020-01-02", 1.0), ("2020-01-03", 1.0, 2.0, 0.0, -1.0), ("2020-01-06", -1.0)
    )  # fmt: skip

    finding = found(frame)["prices_positive"]

    assert failed(frame) == ["prices_positive"]
    assert finding.description == (
        "Bars with a price of 0 or less: 2 of 3, the first in row 2, dated 2020-01-03, "
        "whose low is 0.0."
    )
    assert finding.numbers == {
        "bars": 3,
        "bars_wrong": 2,
        "first_row": 2,
        "first_date": "2020-01-03",
        "first_column": "low",
    }


@pytest.mark.parametrize(("price", "shown"), [(NAN, "nan"), (INF, "inf"), (-INF, "-inf")])
def test_a_price_that_is_no_finite_number_is_missing(price: float, shown: str) -> None:
    frame = bars(("2020-01-02", 1.0), ("2020-01-03", 1.0, 2.0, 1.0, price))

    assert failed(frame) == ["prices_complete"]
    assert found(frame)["prices_complete"].description == (
        "Bars with a missing price: 1 of 2, the first in row 2, dated 2020-01-03, "
        f"whose close is {shown}."
    )


def test_a_volume_may_be_missing() -> None:
    assert failed(GOOD.assign(volume=[NAN, 0.0, -5.0])) == []


@pytest.mark.parametrize(
    ("begin", "end", "weekdays"),
    [
        ("2020-01-03", "2020-01-06", 0),  # Friday, Monday
        ("2020-01-03", "2020-01-07", 1),
        ("2020-01-02", "2020-01-06", 1),  # Thursday, Monday
        ("2020-01-06", "2020-01-13", 4),  # Monday, Monday
        ("2020-01-04", "2020-01-05", 0),  # Saturday, Sunday
        ("2020-01-04", "2020-01-06", 0),
        ("2020-01-05", "2020-01-11", 5),  # Sunday, Saturday
        ("2020-01-03", "2020-01-20", 10),
    ],
)
def test_a_gap_counts_the_weekdays_between_two_bars(begin: str, end: str, weekdays: int) -> None:
    frame = bars((begin, 1.0), (end, 1.0))

    assert found(frame)["no_long_gap"].numbers["largest_gap"] == weekdays
    assert failed(frame, weekdays) == []
    if weekdays:
        assert failed(frame, weekdays - 1) == ["no_long_gap"]


def test_the_largest_gap_is_named_with_how_many_are_too_long() -> None:
    dates = ["2020-01-02", "2020-01-09", "2020-01-10", "2020-02-03", "2020-02-10"]

    finding = found(bars(*[(date, 1.0) for date in dates]))["no_long_gap"]

    assert finding.description == (
        "The largest gap has 15 weekdays without a bar, between 2020-01-10 and 2020-02-03; "
        "gaps over the 3 allowed: 3."
    )


def test_no_bars_lack_their_prices() -> None:
    assert failed(bars()) == ["prices_complete"]
    assert found(bars())["prices_complete"].description == "There are no bars."
    assert failed(GOOD[:1]) == []


def test_bars_that_are_bad_in_every_way_fail_every_check() -> None:
    frame = bars(
        ("2020-01-06", NAN), ("2020-01-02", -1.0), ("2020-01-02", INF), ("2020-03-02", 0.0)
    )  # fmt: skip

    assert failed(frame) == NAMES


DATES = st.dates(datetime.date(1, 1, 1), datetime.date(9999, 12, 31)).map(str)
ANY_PRICE = st.floats() | st.sampled_from([NAN, INF, -INF, 0.0, -0.0, 5e-324])
ROWS = st.lists(
    st.tuples(DATES | st.none() | st.text() | st.floats(), *[ANY_PRICE] * 5), max_size=8
)


@given(ROWS, st.integers(0, 20))
def test_whatever_the_bars_each_check_says_what_it_found(
    rows: list[tuple[Any, ...]], max_gap: int
) -> None:
    frame = pd.DataFrame(rows, columns=BAR_COLUMNS)
    before = frame.copy()

    findings = found(frame, max_gap)

    pd.testing.assert_frame_equal(frame, before)
    dates = [date for date, *_ in rows]
    real = [date for date in dates if is_date(date)]
    prices = np.array([row[1:5] for row in rows], dtype=float).reshape(-1, 4)
    finite = prices[np.isfinite(prices)]
    right = all(map(is_date, dates)) and dates == sorted(set(real))
    assert findings["dates_ordered"].passed == right
    assert findings["prices_positive"].passed == bool((finite > 0).all())
    assert findings["prices_complete"].passed == (bool(rows) and finite.size == prices.size)
    for finding in findings.values():
        assert finding.description.isprintable()
        assert all(isinstance(value, int | float | str) for value in finding.numbers.values())
        assert all(value == value for value in finding.numbers.values())


@given(st.sets(st.integers(0, 60), min_size=2), st.integers(0, 10))
def test_the_largest_gap_is_that_of_counting_day_by_day(days: set[int], max_gap: int) -> None:
    dates = [datetime.date(2020, 1, 1) + datetime.timedelta(day) for day in sorted(days)]
    gaps, weekdays = [0], 0
    for offset in range((dates[-1] - dates[0]).days + 1):
        date = dates[0] + datetime.timedelta(offset)
        if date in dates:
            gaps.append(weekdays)
            weekdays = 0
        else:
            weekdays += date.weekday() < 5

    finding = found(bars(*[(date.isoformat(), 1.0) for date in dates]), max_gap)["no_long_gap"]

    assert finding.numbers["largest_gap"] == max(gaps)
    assert finding.numbers["gaps_over"] == sum(gap > max_gap for gap in gaps)
    assert finding.passed == (max(gaps) <= max_gap)


@given(ROWS)
def test_adjusted_bars_pass_all_but_the_gap(rows: list[tuple[Any, ...]]) -> None:
    frame = pd.DataFrame([row for row in rows if is_date(row[0])], columns=BAR_COLUMNS)
    adjusted = adjust(Prices(frame, no_actions()), datetime.date(1, 1, 1), None).bars

    assert set(failed(adjusted)) <= ({"no_long_gap"} if len(adjusted) else {"prices_complete"})
    assert adjusted[PRICE_COLUMNS].notna().all(axis=None)

"""Checks of bars before training: each returns what is wrong, and where.

One table in, findings out: no source, SQL or Dagster in this module. The checks accept any values
in the table: a wrong value gives a finding and never an error.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lstm_assets.sources.prices import PRICE_COLUMNS, is_date
from lstm_assets.sources.quoting import quoted

Flags = NDArray[np.bool_]
Numbers: TypeAlias = dict[str, float | int | str]


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check of a table of bars."""

    name: str
    passed: bool
    description: str  # one sentence, with the first wrong date
    numbers: Numbers = field(default_factory=dict)


def check_bars(bars: pd.DataFrame, max_gap: int) -> list[Finding]:
    """Return the findings of all checks, in this order.

    - dates_ordered: each bar has a date YYYY-MM-DD after that of the bar before.
    - prices_positive: no price is 0 or less.
    - prices_complete: there are bars, and each has four prices. An infinite price counts as
      missing. The volume may be missing.
    - no_long_gap: between two bars there are at most `max_gap` weekdays, Monday to Friday.
      Between a Friday and the next Monday there are none. Holidays count as weekdays. The order
      of the bars does not matter, and each date counts once.

    Args:
        bars: columns date, open, high, low and close; may be empty.
        max_gap: largest allowed number of weekdays in a row without a bar.
    """
    return [
        _dates_ordered(bars["date"]),
        _prices_positive(bars),
        _prices_complete(bars),
        _no_long_gap(bars["date"], max_gap),
    ]


def _dates_ordered(dates: "pd.Series[str]") -> Finding:
    """Return whether each date is after the date before."""
    name, rows = "dates_ordered", dates.to_list()
    bad = _out_of_order(rows)
    numbers: Numbers = {"bars": len(rows), "bars_out_of_order": len(bad)}
    if not bad:
        return Finding(name, True, f"{len(rows)} bars, in the order of their dates.", numbers)
    first = _shown(rows[bad[0]])
    return Finding(
        name,
        False,
        f"Bars that are not in date order: {len(bad)} of {len(rows)}, the first in row "
        f"{bad[0] + 1}, dated {first}.",
        numbers | {"first_row": bad[0] + 1, "first_date": first},
    )


def _out_of_order(dates: Sequence[object]) -> list[int]:
    """Return the rows with a date that is not valid, or not after the newest date so far."""
    bad, newest = [], ""
    for row, date in enumerate(dates):
        if not is_date(date) or str(date) <= newest:
            bad.append(row)
        else:
            newest = str(date)
    return bad


def _prices_positive(bars: pd.DataFrame) -> Finding:
    """Return whether all prices are above 0."""
    prices = _prices(bars)
    return _by_bar("prices_positive", bars, prices <= 0, "a price of 0 or less")


def _prices_complete(bars: pd.DataFrame) -> Finding:
    """Return whether there are bars, and all have four prices."""
    prices = _prices(bars)
    if not len(bars):
        return Finding("prices_complete", False, "There are no bars.", {"bars": 0, "bars_wrong": 0})
    return _by_bar("prices_complete", bars, np.isnan(prices), "a missing price")


def _by_bar(name: str, bars: pd.DataFrame, wrong: Flags, what: str) -> Finding:
    """Return a finding about prices; `wrong` has the shape (bars, 4)."""
    rows = np.flatnonzero(wrong.any(axis=1))
    numbers: Numbers = {"bars": len(bars), "bars_wrong": len(rows)}
    if not len(rows):
        return Finding(name, True, f"No bar of {len(bars)} has {what}.", numbers)
    first = int(rows[0])
    date, column = _shown(bars["date"].iloc[first]), PRICE_COLUMNS[int(wrong[first].argmax())]
    value = bars[column].iloc[first]
    return Finding(
        name,
        False,
        f"Bars with {what}: {len(rows)} of {len(bars)}, the first in row {first + 1}, dated "
        f"{date}, whose {column} is {quoted(value) if isinstance(value, str) else value}.",
        numbers | {"first_row": first + 1, "first_date": date, "first_column": column},
    )


def _no_long_gap(dates: "pd.Series[str]", max_gap: int) -> Finding:
    """Return whether no gap between two dates is longer than `max_gap` weekdays."""
    days = np.unique(np.array([date for date in dates if is_date(date)], dtype="datetime64[D]"))
    if len(days) < 2:
        numbers: Numbers = {"largest_gap": 0, "gaps_over": 0}
        return Finding("no_long_gap", True, "Fewer than two dates have no gap.", numbers)
    gaps = np.busday_count(days[:-1] + 1, days[1:])  # (days - 1,): weekdays strictly between
    widest = int(gaps.argmax())
    largest, over = int(gaps[widest]), int((gaps > max_gap).sum())
    begin, end = str(days[widest]), str(days[widest + 1])
    return Finding(
        "no_long_gap",
        not over,
        f"The largest gap has {largest} weekdays without a bar, between {begin} and {end}; gaps "
        f"over the {max_gap} allowed: {over}.",
        {"largest_gap": largest, "gap_begin": begin, "gap_end": end, "gaps_over": over},
    )


def _shown(date: object) -> str:
    """Return a date as text, in quotes if it is not a valid date."""
    return str(date) if is_date(date) else quoted(date)


def _prices(bars: pd.DataFrame) -> NDArray[np.float64]:
    """Return the four prices, shape (bars, 4); NaN for values that are not finite numbers."""
    columns = [pd.to_numeric(bars[name], errors="coerce") for name in PRICE_COLUMNS]
    prices = np.column_stack(
        [column.to_numpy(dtype=np.float64, na_value=np.nan) for column in columns]
    )
    prices[np.isinf(prices)] = np.nan
    return prices

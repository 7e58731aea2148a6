"""Prices as a source returns them: bars and corporate actions, as traded.

The answer of every source is checked here. A table that is not one of prices raises an error; no
bar is dropped. Bad bars are kept: the adjusting rules drop and count them.
"""

import datetime
import math
import re
from dataclasses import dataclass
from itertools import pairwise

import pandas as pd

from lstm_assets.errors import InvalidPricesError, SourceError
from lstm_assets.sources.quoting import quoted

PRICE_COLUMNS = ["open", "high", "low", "close"]
BAR_COLUMNS = ["date", *PRICE_COLUMNS, "volume"]
ACTION_COLUMNS = ["date", "dividend", "split"]

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Prices:
    """One ticker's bars and corporate actions, both as traded."""

    bars: pd.DataFrame  # date YYYY-MM-DD, ascending; open, high, low, close, volume; NaN = missing
    actions: pd.DataFrame  # ex-date; dividend per share, 0 = none; split, new per old, 1 = none


def no_actions() -> pd.DataFrame:
    """Return an empty table with the columns of `Prices.actions`."""
    return pd.DataFrame({"date": pd.Series(dtype=str), "dividend": [], "split": []}).astype(
        {"dividend": "float64", "split": "float64"}
    )


def is_date(text: object) -> bool:
    """Return whether `text` is a calendar date written YYYY-MM-DD; YYYYMMDD and weeks are not."""
    if not isinstance(text, str) or not _DATE.fullmatch(text):
        return False
    try:
        datetime.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def validated(source: str, bars: pd.DataFrame, actions: pd.DataFrame | None = None) -> Prices:
    """Return a source's tables as `Prices`, checked. Every source uses this function.

    Args:
        source: the source and the ticker, the start of error messages, e.g. "yahoo KRW=X".
        bars: the columns of `Prices.bars`, in any order; others are left out.
        actions: the columns of `Prices.actions`; rows without dividend and split are left out.

    Returns:
        Both tables in column order, numbered from 0, numbers as float64.

    Raises:
        InvalidPricesError: a column is missing; a date is not YYYY-MM-DD or not after the date
            before it; a value is not a number; a dividend is negative or a split not above 0.
    """
    actions = no_actions() if actions is None else _table(source, actions, ACTION_COLUMNS)
    for column, right, allowed in (
        ("dividend", actions["dividend"] >= 0, "0 or more"),
        ("split", actions["split"] > 0, "more than 0"),
    ):
        finite = actions[column] < math.inf
        _refuse_first(source, actions, column, ~(right & finite), f"a finite number, {allowed}")
    happened = (actions["dividend"] != 0) | (actions["split"] != 1)
    return Prices(
        bars=_table(source, bars, BAR_COLUMNS),
        actions=actions[happened].reset_index(drop=True),
    )


def between(
    source: str, prices: Prices, date_begin: datetime.date, date_end: datetime.date | None
) -> Prices:
    """Return the bars and actions from `date_begin` to `date_end`, both included.

    A `date_end` of None means up to the newest.

    Raises:
        SourceError: no bar lies between them.
    """
    bars = prices.bars[inside(prices.bars, date_begin, date_end)].reset_index(drop=True)
    actions = prices.actions[inside(prices.actions, date_begin, date_end)].reset_index(drop=True)
    if bars.empty:
        dates = prices.bars["date"]
        held = f"it has {dates.iloc[0]} to {dates.iloc[-1]}" if len(dates) else "it has none"
        raise SourceError(
            f"{source}: no bars from {date_begin} to {date_end or 'the newest'}, {held}. "
            "Change date_begin or date_end."
        )
    return Prices(bars, actions)


def inside(
    frame: pd.DataFrame, date_begin: datetime.date, date_end: datetime.date | None
) -> "pd.Series[bool]":
    """Return which rows of `frame` have a date from `date_begin` to `date_end`, both included."""
    after = frame["date"] >= date_begin.isoformat()
    return after if date_end is None else after & (frame["date"] <= date_end.isoformat())


def _table(source: str, frame: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    missing = [name for name in columns if name not in frame]
    if missing:
        raise InvalidPricesError(
            f"{source}: column {', '.join(missing)} is missing, expected {', '.join(columns)}."
        )
    frame = frame[columns].reset_index(drop=True)
    _refuse_first(source, frame, "date", ~frame["date"].map(is_date).astype(bool), "YYYY-MM-DD")
    dates = frame["date"].to_list()
    late = pd.Series([True, *(a < b for a, b in pairwise(dates))][: len(dates)], dtype=bool)
    _refuse_first(source, frame, "date", ~late, "a date after the row before, each date once")
    return frame.assign(**{name: _numbers(source, frame, name) for name in columns[1:]})


def _numbers(source: str, frame: pd.DataFrame, column: str) -> "pd.Series[float]":
    numbers = pd.to_numeric(frame[column], errors="coerce").astype("float64")
    _refuse_first(source, frame, column, numbers.isna() & frame[column].notna(), "a number")
    return numbers


def _refuse_first(
    source: str, frame: pd.DataFrame, column: str, wrong: "pd.Series[bool]", allowed: str
) -> None:
    """Raise InvalidPricesError for the first wrong row, counted from 1."""
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        date, value = (quoted(frame[name].iloc[row]) for name in ("date", column))
        raise InvalidPricesError(
            f"{source}: row {row + 1} (date {date}) has {column} {value}, expected {allowed}. "
            "Correct it at the source."
        )

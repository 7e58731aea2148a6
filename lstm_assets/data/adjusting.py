"""Bars cleaned, and made comparable across splits and dividends.

One table in; out come the clean bars, those dropped, and a count for each rule: no source, SQL or
Dagster in this module.
"""

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstm_assets.errors import InvalidPricesError
from lstm_assets.sources.prices import BAR_COLUMNS, PRICE_COLUMNS, Prices, inside


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Clean bars at the newest bar's scale, and what each rule did to get there."""

    bars: pd.DataFrame  # the columns of Prices.bars; only volume may be NaN
    counts: dict[str, int]  # rule -> bars dropped_ or filled_, splits and dividends adjusted_
    dropped: pd.DataFrame  # bars as traded, infinite as NaN, and their rule; by rule, then date


def adjust(prices: Prices, date_begin: datetime.date, date_end: datetime.date | None) -> Adjusted:
    """Apply the rules, in the order in which `Adjusted.counts` names them.

    A bar counts once, at the first rule that drops it; infinite counts as missing.

    - dropped_outside_study: dated before `date_begin`, or after `date_end`.
    - dropped_duplicate: another bar of the same date follows it.
    - dropped_non_positive: a price is 0 or less.
    - dropped_high_below_low: the high is below the low.
    - dropped_leading_gap: a price is missing, and no whole bar came before it.
    - adjusted_splits: earlier prices divided by new shares per old, volumes multiplied by it.
    - adjusted_dividends: earlier prices multiplied by 1 - dividend / previous close, which is
      Yahoo's adjusted close. The return over the ex-date is then close / (previous close -
      dividend), slightly off CRSP's (close + dividend) / previous close.
    - filled_gaps: a missing price takes the previous bar's close, moved no further than keeps
      low <= open, close <= high.

    Bad bars go before gaps are filled, so that no bad price fills one. Gaps are filled after
    the adjusting, so that a close from before a split is not carried over it.

    Args:
        prices: as traded, in any order; of a date's bars the last counts.
        date_begin: the study's first date.
        date_end: the study's last date, included; None is open-ended.

    Returns:
        Bars by date, each date once, prices finite and above 0; maybe none at all.

    Raises:
        InvalidPricesError: a dividend is negative or not below the close before it, or a split
            is not above 0.

    Source: Yahoo Help, "What is the adjusted close?", SLN28256
    """
    bars, counts, dropped = _cleaned(prices.bars[BAR_COLUMNS], date_begin, date_end)
    bars, counts["adjusted_splits"], counts["adjusted_dividends"] = _comparable(
        bars, prices.actions
    )
    counts["filled_gaps"] = int(bars[PRICE_COLUMNS].isna().any(axis=1).sum())
    return Adjusted(_filled(bars), counts, dropped)


def _cleaned(
    bars: pd.DataFrame, date_begin: datetime.date, date_end: datetime.date | None
) -> tuple[pd.DataFrame, dict[str, int], pd.DataFrame]:
    """Bars that keep every rule, how many each rule dropped, and which."""
    numbers = bars.columns[1:]
    bars = bars.astype(dict.fromkeys(numbers, "float64")).sort_values("date", kind="stable")
    bars[numbers] = bars[numbers].replace([np.inf, -np.inf], np.nan)
    counts: dict[str, int] = {}
    dropped: list[pd.DataFrame] = []
    for rule, broken in (
        ("dropped_outside_study", lambda b: ~inside(b, date_begin, date_end)),
        ("dropped_duplicate", lambda b: b["date"].duplicated(keep="last")),
        ("dropped_non_positive", lambda b: (b[PRICE_COLUMNS] <= 0).any(axis=1)),
        ("dropped_high_below_low", lambda b: b["high"] < b["low"]),
        ("dropped_leading_gap", lambda b: b[PRICE_COLUMNS].isna().any(axis=1).cumprod() == 1),
    ):
        gone = broken(bars)
        dropped.append(bars[gone].assign(rule=rule))
        bars, counts[rule] = bars[~gone], int(gone.sum())
    return bars.reset_index(drop=True), counts, pd.concat(dropped, ignore_index=True)


def _comparable(bars: pd.DataFrame, actions: pd.DataFrame) -> tuple[pd.DataFrame, int, int]:
    """Bars before each ex-date at the scale of those from it on; splits and dividends that took.

    An action dated up to the first bar, or after the last, has bars on one side only. One on a
    date without a bar lies between the bars around it. A dividend is per share as counted on
    its ex-date, after that date's split.
    """
    dates, closes = bars["date"].to_numpy(), bars["close"].to_numpy()
    known = np.flatnonzero(~np.isnan(closes))
    by_date = actions.groupby("date", sort=True).agg({"dividend": "sum", "split": "prod"})
    factor, shares = np.ones(len(bars)), np.ones(len(bars))  # shares: new per one of the bar's
    splits = dividends = 0
    for date, dividend, split in by_date.itertuples():
        earlier = int(np.searchsorted(dates, date))
        if earlier in (0, len(bars)):
            continue
        _refuse_unless(split > 0, date, f"split is {split:g}", "more than 0")
        shares[:earlier] *= split
        last = known[np.searchsorted(known, earlier) - 1]
        close = closes[last] / shares[last]
        allowed = f"0 or more and below {close:g}, the close before"
        _refuse_unless(0 <= dividend < close, date, f"dividend is {dividend:g}", allowed)
        factor[:earlier] *= 1 - dividend / close
        splits, dividends = splits + int(split != 1), dividends + int(dividend != 0)
    bars[PRICE_COLUMNS] = bars[PRICE_COLUMNS].mul(factor / shares, axis=0)
    bars["volume"] *= shares
    return bars, splits, dividends


def _refuse_unless(right: bool, date: object, found: str, allowed: str) -> None:
    if not right:
        raise InvalidPricesError(
            f"action of {date}: {found}, expected {allowed}. Correct it at the source."
        )


def _filled(bars: pd.DataFrame) -> pd.DataFrame:
    """Bars without gaps; the first has none."""
    prices = bars[PRICE_COLUMNS].to_numpy(copy=True)  # (bars, 4): open, high, low, close
    for row in np.flatnonzero(np.isnan(prices).any(axis=1)):
        prices[row] = _whole(prices[row], before=prices[row - 1, 3])
    return bars.assign(**dict(zip(PRICE_COLUMNS, prices.T, strict=True)))


def _whole(bar: np.ndarray, before: float) -> list[float]:
    """A bar's four prices, those missing made from the close before."""
    missing = np.isnan(bar)
    highest = np.inf if missing[1] else bar[1]
    lowest = 0.0 if missing[2] else bar[2]
    between = min(max(before, lowest), highest)
    first, last = (between if missing[i] else bar[i] for i in (0, 3))
    high = max(between, first, last, lowest) if missing[1] else bar[1]
    low = min(between, first, last, high) if missing[2] else bar[2]
    return [first, high, low, last]

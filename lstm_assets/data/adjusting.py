"""Clean bars, and make them comparable across splits and dividends.

One table in; clean bars, dropped bars and a count per rule out. No source, SQL or Dagster in this
module.
"""

import datetime
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lstm_assets.errors import InvalidPricesError
from lstm_assets.sources.prices import BAR_COLUMNS, PRICE_COLUMNS, Prices, inside


@dataclass(frozen=True, slots=True)
class Adjusted:
    """Clean bars at the scale of the newest bar, and what each rule did."""

    bars: pd.DataFrame  # the columns of Prices.bars; only volume may be NaN
    counts: dict[str, int]  # rule -> number of bars dropped_ or filled_, or of actions adjusted_
    dropped: pd.DataFrame  # as traded, infinite as NaN, with the rule; by rule, then date


def adjust(prices: Prices, date_begin: datetime.date, date_end: datetime.date | None) -> Adjusted:
    """Return bars after these rules, which are applied in this order.

    A bar counts once, for the first rule that drops it. An infinite price counts as missing.

    - dropped_outside_study: dated before `date_begin`, or after `date_end`.
    - dropped_duplicate: another bar of the same date follows it.
    - dropped_non_positive: a price is 0 or less.
    - dropped_high_below_low: the high is below the low.
    - dropped_leading_gap: a price is missing, and no complete bar is before it.
    - adjusted_splits: earlier prices are divided by the new shares per old share, and earlier
      volumes are multiplied by it.
    - adjusted_dividends: earlier prices are multiplied by 1 - dividend / previous close, as in
      Yahoo's adjusted close. The return over the ex-date is then close / (previous close -
      dividend), which differs slightly from CRSP's (close + dividend) / previous close.
    - filled_gaps: a missing price is set to the previous bar's close, or to the value nearest to
      it with low <= open, close <= high.

    Bad bars are dropped before gaps are filled, so a bad price never fills a gap. Gaps are filled
    after the adjustments, so a close from before a split does not fill a gap after it.

    Args:
        prices: prices as traded, in any order; of several bars with one date, the last is used.
        date_begin: the study's first date.
        date_end: the study's last date, included; None: no end.

    Returns:
        Bars in date order, each date once, prices finite and above 0. There may be no bars.

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


def adjusted_after(
    prices: Prices, before: pd.DataFrame, date_end: datetime.date | None
) -> pd.DataFrame:
    """Return clean bars that follow adjusted ones, at the scale of these.

    So the bars before stay as they are, whatever splits and dividends come later.

    Args:
        prices: prices as traded.
        before: bars of `adjust`, at least one; their newest is at the scale of its trading.
        date_end: last date, included; None: no end.

    Raises:
        InvalidPricesError: as `adjust`.
    """
    anchor = before.iloc[[-1]].assign(volume=1.0)
    date = str(anchor["date"].iloc[0])
    joined = pd.concat([anchor, prices.bars[prices.bars["date"] > date]], ignore_index=True)
    first = datetime.date.fromisoformat(date)
    bars = adjust(Prices(joined, prices.actions), first, date_end).bars
    bars[PRICE_COLUMNS] *= anchor["close"].iloc[0] / bars["close"].iloc[0]
    bars["volume"] /= bars["volume"].iloc[0]
    return bars[1:]


def _cleaned(
    bars: pd.DataFrame, date_begin: datetime.date, date_end: datetime.date | None
) -> tuple[pd.DataFrame, dict[str, int], pd.DataFrame]:
    """Return the bars that pass every rule, how many each rule dropped, and the dropped bars."""
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
    """Return the bars at the scale of the newest bar, and the numbers of splits and dividends used.

    The bars before each ex-date are adjusted to the scale of the later ones. An action up to the
    first bar or after the last bar is not used, because it has bars on one side only. An action on
    a date without a bar applies between the bars around it. A dividend is per share on its ex-date,
    after a split on that date.
    """
    dates, closes = bars["date"].to_numpy(), bars["close"].to_numpy()
    known = np.flatnonzero(~np.isnan(closes))
    by_date = actions.groupby("date", sort=True).agg({"dividend": "sum", "split": "prod"})
    factor, shares = (
        np.ones(len(bars)),
        np.ones(len(bars)),
    )  # shares: new shares per old
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


def _refuse_unless(is_allowed: bool, date: object, found: str, allowed: str) -> None:
    """Raise InvalidPricesError about an action unless its value is allowed."""
    if not is_allowed:
        raise InvalidPricesError(
            f"action of {date}: {found}, expected {allowed}. Correct it at the source."
        )


def _filled(bars: pd.DataFrame) -> pd.DataFrame:
    """Return the bars with all gaps filled; the first bar must be complete."""
    prices = bars[PRICE_COLUMNS].to_numpy(copy=True)  # (bars, 4): open, high, low, close
    for row in np.flatnonzero(np.isnan(prices).any(axis=1)):
        prices[row] = _filled_bar(prices[row], before=prices[row - 1, 3])
    return bars.assign(**dict(zip(PRICE_COLUMNS, prices.T, strict=True)))


def _filled_bar(bar: np.ndarray, before: float) -> list[float]:
    """Return a bar's four prices; missing ones are made from the close before."""
    missing = np.isnan(bar)
    highest = np.inf if missing[1] else bar[1]
    lowest = 0.0 if missing[2] else bar[2]
    between = min(max(before, lowest), highest)
    first, last = (between if missing[i] else bar[i] for i in (0, 3))
    high = max(between, first, last, lowest) if missing[1] else bar[1]
    low = min(between, first, last, high) if missing[2] else bar[2]
    return [first, high, low, last]

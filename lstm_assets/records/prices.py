"""The prices that a study's cells are trained on, read from the tables."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pandas as pd
from sqlalchemy import Connection

from lstm_assets.data.adjusting import Adjusted, adjust, adjusted_after
from lstm_assets.errors import StoreError, TooFewBarsError
from lstm_assets.sources import Prices
from lstm_assets.store.prices import read_adjusted
from lstm_assets.study import Study


def adjusted_bars(conn: Connection, study: Study) -> pd.DataFrame:
    """Return the study's adjusted bars without its holdout; raises StoreError if there are none.

    Searches, trainings, rankings and retunes see these bars only.
    """
    bars = bars_with_holdout(conn, study)
    searched = bars[: study.holdout_start(bars["date"].to_list())]
    refuse_empty(searched, "TB_ASSETVALUE_ADJ", "adjusted_prices", study)
    return searched


def bars_with_holdout(conn: Connection, study: Study) -> pd.DataFrame:
    """Return all of the study's adjusted bars, for the step that names the winner; may be empty."""
    return read_adjusted(conn, study.ticker, *date_range(study))


def date_range(study: Study) -> tuple[str, str | None]:
    """Return the first and last date of the study's bars, holdout included; None: open-ended."""
    date_last = study.date_last.isoformat() if study.date_last else None
    return study.date_begin.isoformat(), date_last


def adjusted_prices_of(study: Study, raw: Prices) -> Adjusted:
    """Return the study's adjusted bars, those of the holdout at the scale of the bars before it.

    Raises:
        InvalidPricesError: an action is wrong.
    """
    whole = adjust(raw, study.date_begin, study.date_last)
    dates = whole.bars["date"].to_list()
    start = study.holdout_start(dates)
    if start in (0, len(dates)):
        return whole
    last = datetime.date.fromisoformat(dates[start - 1])
    searched = adjust(raw, study.date_begin, last).bars
    held = adjusted_after(raw, searched, study.date_last)
    return replace(whole, bars=pd.concat([searched, held], ignore_index=True))


def refuse_empty(bars: pd.DataFrame, table: str, asset: str, study: Study) -> None:
    """Raise StoreError if there are no bars; the message names the table and the asset."""
    if bars.empty:
        raise StoreError(
            f"{table} holds no bars of {study.ticker} from {study.date_begin} to "
            f"{study.date_end or 'today'}. Materialize {asset} first."
        )


def refuse_too_few(study: Study, bars: int) -> None:
    """Raise an error if a series is too short for some cell of the study.

    Raises:
        TooFewBarsError: the message says how many bars are needed.
    """
    needed = study.bars_needed
    if bars < needed:
        raise TooFewBarsError(
            f"study {study.code}: {bars} bars of {study.ticker} from {study.date_begin} to "
            f"{study.date_end or 'today'}, but its search space needs at least {needed}. "
            "Widen the dates, or lower size_sequence."
        )
    study.refuse_too_short_folds(bars)

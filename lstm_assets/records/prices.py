"""The prices that a study's cells are trained on, read from the tables."""

from __future__ import annotations

import pandas as pd
from sqlalchemy import Connection

from lstm_assets.errors import StoreError, TooFewBarsError
from lstm_assets.store.prices import read_adjusted
from lstm_assets.study import Study


def adjusted_bars(conn: Connection, study: Study) -> pd.DataFrame:
    """Return the study's adjusted bars; raises StoreError if there are none."""
    bars = read_adjusted(conn, study.ticker, *date_range(study))
    refuse_empty(bars, "TB_ASSETVALUE_ADJ", "adjusted_prices", study)
    return bars


def date_range(study: Study) -> tuple[str, str | None]:
    """Return the study's first and last date as the tables write them; None: open-ended."""
    date_end = study.date_end.isoformat() if study.date_end else None
    return study.date_begin.isoformat(), date_end


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

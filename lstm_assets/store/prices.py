"""Bars and corporate actions in TB_ASSETVALUE_RAW, TB_ASSETVALUE_ADJ and TB_ASSETACTION.

A missing number is NaN in a frame and NULL in a table. The caller commits.
"""

import pandas as pd
from sqlalchemy import ColumnElement, Connection, Table, func, select

from lstm_assets.sources.prices import Prices
from lstm_assets.store.tables import table
from lstm_assets.store.writes import Row, replace, upsert

_BAR = {
    "date": "DATE_MARKET",
    "open": "OPEN_P",
    "high": "HIGH_P",
    "low": "LOW_P",
    "close": "CLOSE_P",
    "volume": "VOLUME",
}
_ACTION = {"date": "DATE_MARKET", "dividend": "DIVIDEND", "split": "SPLIT"}


def write_raw(conn: Connection, ticker: str, prices: Prices) -> None:
    """Write bars and actions as traded; they replace those of the same dates.

    Stored actions between the first bar and the last are deleted if the source no longer has them.
    """
    if prices.bars.empty:
        return
    upsert(conn, table(conn, "TB_ASSETVALUE_RAW"), _rows(prices.bars, _BAR, ticker))
    first, last = prices.bars["date"].min(), prices.bars["date"].max()
    actions = table(conn, "TB_ASSETACTION")
    replace(conn, actions, _within(actions, ticker, first, last), [])
    upsert(conn, actions, _rows(prices.actions, _ACTION, ticker))


def read_raw(conn: Connection, ticker: str, date_begin: str | None, date_end: str | None) -> Prices:
    """Return the bars and actions as traded from `date_begin` to `date_end`, both included.

    None means no limit.
    """
    bars = _read(conn, "TB_ASSETVALUE_RAW", _BAR, ticker, date_begin, date_end)
    return Prices(
        bars=bars,
        actions=_read(conn, "TB_ASSETACTION", _ACTION, ticker, date_begin, date_end),
    )


def replace_adjusted(
    conn: Connection, ticker: str, date_begin: str | None, date_end: str | None, bars: pd.DataFrame
) -> None:
    """Replace all adjusted bars of the ticker from `date_begin` to `date_end`, both included."""
    adjusted = table(conn, "TB_ASSETVALUE_ADJ")
    within = _within(adjusted, ticker, date_begin, date_end)
    replace(conn, adjusted, within, _rows(bars, _BAR, ticker))


def read_adjusted(
    conn: Connection, ticker: str, date_begin: str | None, date_end: str | None
) -> pd.DataFrame:
    """Return the adjusted bars from `date_begin` to `date_end`, both included, oldest first.

    None means no limit.
    """
    return _read(conn, "TB_ASSETVALUE_ADJ", _BAR, ticker, date_begin, date_end)


def newest_raw(conn: Connection, ticker: str) -> str | None:
    """Return the date of the ticker's newest stored bar, YYYY-MM-DD; None if it has none."""
    raw = table(conn, "TB_ASSETVALUE_RAW")
    newest = conn.scalar(select(func.max(raw.c.DATE_MARKET)).where(raw.c["TICKER"] == ticker))
    return None if newest is None else str(newest)


def _rows(frame: pd.DataFrame, names: dict[str, str], ticker: str) -> list[Row]:
    columns = [frame[name].tolist() for name in names]
    return [
        dict(zip(names.values(), values, strict=True)) | {"TICKER": ticker}
        for values in zip(*columns, strict=True)
    ]


def _read(
    conn: Connection,
    name: str,
    names: dict[str, str],
    ticker: str,
    date_begin: str | None,
    date_end: str | None,
) -> pd.DataFrame:
    source = table(conn, name)
    query = select(*(source.c[column] for column in names.values()))
    query = query.where(_within(source, ticker, date_begin, date_end))
    rows = conn.execute(query.order_by(source.c.DATE_MARKET)).all()
    frame = pd.DataFrame([tuple(row) for row in rows], columns=list(names))
    # Explicit types: pandas would guess wrong ones for a column of NULLs or for no rows.
    return frame.astype(dict.fromkeys(names, "float64") | {"date": "str"})


def _within(
    source: Table, ticker: str, date_begin: str | None, date_end: str | None
) -> ColumnElement[bool]:
    within = source.c["TICKER"] == ticker
    if date_begin is not None:
        within &= source.c["DATE_MARKET"] >= date_begin
    if date_end is not None:
        within &= source.c["DATE_MARKET"] <= date_end
    return within

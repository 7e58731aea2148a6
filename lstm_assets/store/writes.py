"""Writing many rows at a time. The caller commits.

Nearly every write uses these functions, which set DATE_UPDATE.
"""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, TypeAlias

import numpy as np
from sqlalchemy import ColumnElement, Connection, Executable, Table, delete
from sqlalchemy.dialects import mysql, sqlite

from lstm_assets.errors import StoreError

Row: TypeAlias = dict[str, Any]

ROWS_PER_STATEMENT = 1000  # the driver makes one statement of them; servers limit its length


def upsert(conn: Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows; where the primary key exists, replace the given columns.

    All rows must have the same columns. Other columns keep their values. The caller commits.
    """
    if not rows:
        return
    _refuse_unknown(table, rows[0])
    keys = [column.name for column in table.primary_key]
    changed = [name for name in [*rows[0], "DATE_UPDATE"] if name not in keys]
    if conn.dialect.name == "mysql":
        stmt = mysql.insert(table)
        stmt = stmt.on_duplicate_key_update({n: stmt.inserted[n] for n in changed})
        _execute(conn, stmt, table, rows)
    else:
        lite = sqlite.insert(table)
        lite = lite.on_conflict_do_update(keys, set_={n: lite.excluded[n] for n in changed})
        _execute(conn, lite, table, rows)


def insert(conn: Connection, table: Table, rows: list[Row]) -> None:
    """Insert rows, all with the same columns; no row may have a key that exists."""
    if rows:
        _refuse_unknown(table, rows[0])
        _execute(conn, table.insert(), table, rows)


def replace(conn: Connection, table: Table, where: ColumnElement[bool], rows: list[Row]) -> None:
    """Delete the rows that match `where`, then insert `rows`."""
    conn.execute(delete(table).where(where))
    insert(conn, table, rows)


def _refuse_unknown(table: Table, row: Row) -> None:
    """Raise StoreError if the table lacks a column of the row: a user has changed the table."""
    for name in [*row, "DATE_UPDATE"]:
        if name not in table.columns:
            raise StoreError(
                f"table {table.name} has no column {name}, which this version writes. Add it as "
                "sql/ declares it, or drop the table and run `lstm-assets init-db`."
            )


def _execute(conn: Connection, stmt: Executable, table: Table, rows: list[Row]) -> None:
    for batch in _batches(table, rows):
        conn.execute(stmt, batch)


def _batches(table: Table, rows: list[Row]) -> Iterator[list[Row]]:
    now = datetime.now(UTC).replace(microsecond=0, tzinfo=None)
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        yield [
            {n: _plain(table, n, v) for n, v in row.items()} | {"DATE_UPDATE": now}
            for row in rows[start : start + ROWS_PER_STATEMENT]
        ]


def _plain(table: Table, name: str, value: Any) -> Any:
    """Return a value that every driver accepts: no NumPy scalars, and None for NaN."""
    if isinstance(value, np.generic):
        value = value.item()
    if not isinstance(value, float) or math.isfinite(value):
        return value
    if math.isnan(value):
        return None
    raise StoreError(f"{table.name}.{name} cannot store {value}. Use a finite number or none.")

"""Columns of tables that exist, made wide enough for what this version writes.

MySQL ends a transaction at every ALTER TABLE. So a real number gets a new column beside the old
one, which is filled and then takes its place in one statement: a process killed at any moment
leaves the old column as it was, and the next call begins again.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, text

from lstm_assets.errors import StoreError
from lstm_assets.store.column_types import ColumnType
from lstm_assets.store.comparing import Misfit, misfits, refuse
from lstm_assets.store.engine import begin
from lstm_assets.store.migrations import migration_lock, recorded_numbers, run_migrations
from lstm_assets.store.precision import stored_as
from lstm_assets.store.sql_files import read_migrations, sql_folder
from lstm_assets.store.tables import forget
from lstm_assets.store.writes import ROWS_PER_STATEMENT

DIGITS_DOUBLE = 15  # decimal digits that every double holds
_COPY = "__COPY"  # after a table's name: its keys and new values, for as long as it is changed
_NEW = "__DOUBLE"  # after a column's name: the one that will take its place


@dataclass(frozen=True, slots=True)
class Widened:
    """One column that was changed."""

    table: str
    column: str
    before: str  # its type
    after: str


def widen(engine: Engine) -> list[Widened]:
    """Change the columns that are too narrow, and keep every value.

    A FLOAT's value becomes the shortest decimal that is the same FLOAT: 0.001 stays 0.001. It may
    be repeated, also after a process was killed in the middle.

    Returns:
        What was changed; nothing on SQLite, whose columns have no widths.

    Raises:
        StoreError: a table differs in more than that, or has a value that no DOUBLE holds.
            Nothing is changed then.
    """
    migrations = read_migrations(sql_folder())
    with begin(engine) as conn, migration_lock(conn):
        wrong = misfits(conn, migrations, recorded_numbers(conn, migrations))
        refuse(conn, [misfit for misfit in wrong if not misfit.can_widen])
        for misfit in wrong:
            _refuse_inexact(conn, misfit)
        run_migrations(conn, migrations)
        # The migrations have changed character sets, and with them types of texts.
        wrong = misfits(conn, migrations, recorded_numbers(conn, migrations))
        tables = {table: list(of) for table, of in groupby(wrong, lambda each: each.table)}
        widened = [each for table, of in tables.items() for each in _widen(conn, table, of)]
    forget(engine)
    return widened


def _widen(conn: Connection, table: str, wrong: Sequence[Misfit]) -> Iterator[Widened]:
    # One change of the character set is for every column.
    others = {misfit.change: misfit for misfit in wrong if not misfit.is_real}
    yield from (_alter(conn, misfit) for misfit in others.values())
    reals = [misfit for misfit in wrong if misfit.is_real]
    if reals:
        _replace_reals(conn, table, reals)
        yield from (Widened(table, m.column, m.found, m.declared) for m in reals)


def _alter(conn: Connection, misfit: Misfit) -> Widened:
    """Change a column, or the whole table's character set, in place."""
    change = misfit.change
    if change.startswith("MODIFY"):
        change = f"MODIFY {_definition(conn, misfit)}"
    conn.exec_driver_sql(f"ALTER TABLE {misfit.table} {change}")
    after = misfit.declared if change.startswith("MODIFY") else "utf8mb4_bin"
    return Widened(misfit.table, misfit.column, misfit.found, after)


def _replace_reals(conn: Connection, table: str, reals: Sequence[Misfit]) -> None:
    """Write the values of columns into new ones, which take their place."""
    _add_columns(conn, table, reals)
    conn.exec_driver_sql(f"DROP TEMPORARY TABLE IF EXISTS {table}{_COPY}")
    conn.exec_driver_sql(f"CREATE TEMPORARY TABLE {table}{_COPY} LIKE {table}")
    with _locked(conn, table):
        _fill(conn, table, reals, _exact_values(conn, table, reals))
        if table == "TB_HYPERPARAMETER":
            _mark(conn, reals)
        _swap(conn, table, reals)
    conn.exec_driver_sql(f"DROP TEMPORARY TABLE {table}{_COPY}")


def _add_columns(conn: Connection, table: str, reals: Sequence[Misfit]) -> None:
    there = {row[0].upper() for row in conn.exec_driver_sql(f"SHOW COLUMNS FROM {table}")}
    adds = [
        f"ADD COLUMN {m.column}{_NEW} DOUBLE NULL AFTER {m.column}"
        for m in reals
        if f"{m.column}{_NEW}" not in there
    ]
    if adds:
        conn.exec_driver_sql(f"ALTER TABLE {table} {', '.join(adds)}")


@contextmanager
def _locked(conn: Connection, table: str) -> Iterator[None]:
    """Keep other programs from writing between the filling and the change of columns."""
    marks = ", TB_HYPERPARAMETER_EXT WRITE" if table == "TB_HYPERPARAMETER" else ""
    conn.exec_driver_sql(f"LOCK TABLES {table} WRITE, {table} AS t WRITE{marks}")
    try:
        yield
    finally:
        if not conn.invalidated:  # a connection that is lost has unlocked them
            conn.exec_driver_sql("UNLOCK TABLES")


def _exact_values(
    conn: Connection, table: str, reals: Sequence[Misfit]
) -> list[tuple[tuple[Any, ...], list[float | None]]]:
    """Return the key of each row, and the values of these columns as doubles."""
    keys = _keys(conn, table)
    shown = ", ".join([*keys, *(_read(misfit) for misfit in reals)])
    rows = conn.exec_driver_sql(f"SELECT {shown} FROM {table}").all()  # noqa: S608 - of sql/
    n = len(keys)
    return [
        (tuple(row[:n]), [_double(v, m.found) for v, m in zip(row[n:], reals, strict=True)])
        for row in rows
    ]


def _read(misfit: Misfit) -> str:
    # As text, MySQL shows six digits of a FLOAT only; a sum is a DOUBLE with all of them.
    is_decimal = ColumnType.parse(misfit.found).base == "DECIMAL"
    return f"CAST({misfit.column} AS CHAR)" if is_decimal else f"{misfit.column} + 0e0"


def _double(value: Any, kind: str) -> float | None:
    """Return the double that stands for a value of a column of this type."""
    if value is None:
        return None
    if ColumnType.parse(kind).base == "FLOAT":
        return float(str(np.float32(value)))
    return float(value)


def _fill(
    conn: Connection,
    table: str,
    reals: Sequence[Misfit],
    values: Sequence[tuple[tuple[Any, ...], list[float | None]]],
) -> None:
    keys = _keys(conn, table)
    names = [*keys, *(f"{misfit.column}{_NEW}" for misfit in reals)]
    rows = [dict(zip(names, (*key, *new), strict=True)) for key, new in values]
    # Through a table of this connection: an UPDATE for each row takes many times as long.
    places = ", ".join(f":{name}" for name in names)
    insert = text(f"INSERT INTO {table}{_COPY} ({', '.join(names)}) VALUES ({places})")  # noqa: S608
    for start in range(0, len(rows), ROWS_PER_STATEMENT):
        conn.execute(insert, rows[start : start + ROWS_PER_STATEMENT])
    # A column that dates every change by itself keeps its date.
    columns = conn.exec_driver_sql(f"SHOW COLUMNS FROM {table}").all()
    dated = [row[0] for row in columns if "on update" in str(row[5]).lower()]
    sets = [f"t.{name} = c.{name}" for name in names[len(keys) :]]
    sets += [f"t.{name} = t.{name}" for name in dated]
    same = f"{table} t JOIN {table}{_COPY} c USING ({', '.join(keys)})"
    conn.exec_driver_sql(f"UPDATE {same} SET {', '.join(sets)}")  # noqa: S608 - of sql/


def _mark(conn: Connection, reals: Sequence[Misfit]) -> None:
    """Note in which types the values of all cells were stored until now."""
    types = stored_as({misfit.column: misfit.found for misfit in reals})
    conn.execute(
        text(
            "INSERT INTO TB_HYPERPARAMETER_EXT (CODE_TASK, STORED_AS, DATE_UPDATE) "
            "SELECT CODE_TASK, :types, UTC_TIMESTAMP() FROM TB_HYPERPARAMETER "
            "ON DUPLICATE KEY UPDATE STORED_AS = :types"
        ),
        {"types": types},
    )


def _swap(conn: Connection, table: str, reals: Sequence[Misfit]) -> None:
    """Let the new columns take the place of the old ones, in one statement."""
    changes = []
    for misfit in reals:
        changes.append(f"DROP COLUMN {misfit.column}")
        changes.append(f"CHANGE COLUMN {misfit.column}{_NEW} {_definition(conn, misfit)}")
    # Dropping a column would take it out of an index that somebody has made.
    for name, index in _indexes(conn, table, reals):
        changes += [f"DROP INDEX {name}", f"ADD {index}"]
    conn.exec_driver_sql(f"ALTER TABLE {table} {', '.join(changes)}")


def _definition(conn: Connection, misfit: Misfit) -> str:
    """Return a column's own definition with the new type: default and comment stay."""
    found = re.escape(misfit.found)
    for line in _created(conn, misfit.table):
        if match := re.fullmatch(rf"(`{misfit.column}`) {found}(.*?),?", line, re.IGNORECASE):
            return f"{match[1]} {misfit.declared}{match[2]}"
    where = f"{misfit.table}.{misfit.column}"
    raise StoreError(f"{where} changed meanwhile. Run `lstm-assets init-db --widen` again.")


def _indexes(conn: Connection, table: str, reals: Sequence[Misfit]) -> Iterator[tuple[str, str]]:
    names = "|".join(misfit.column for misfit in reals)
    for line in _created(conn, table):
        index = re.fullmatch(r"((?:UNIQUE )?KEY (`[^`]+`) \(.*\).*?),?", line)
        if index and re.search(rf"`(?:{names})`", index[1].partition("(")[2]):
            yield index[2], index[1]


def _created(conn: Connection, table: str) -> list[str]:
    statement = str(conn.exec_driver_sql(f"SHOW CREATE TABLE {table}").one()[1])
    return [line.strip() for line in statement.splitlines()]


def _keys(conn: Connection, table: str) -> list[str]:
    columns = conn.exec_driver_sql(f"SHOW COLUMNS FROM {table}").all()
    return [row[0] for row in columns if row[3] == "PRI"]


def _refuse_inexact(conn: Connection, misfit: Misfit) -> None:
    """Raise StoreError if no double holds a DECIMAL's value to all of its digits."""
    kind = ColumnType.parse(misfit.found)
    if not misfit.is_real or kind.base != "DECIMAL" or kind.sizes[0] <= DIGITS_DOUBLE:
        return
    table, digits = misfit.table, kind.sizes[1]
    keys = _keys(conn, table)
    shown = ", ".join([*keys, _read(misfit)])
    for row in conn.exec_driver_sql(f"SELECT {shown} FROM {table}"):  # noqa: S608 - of sql/
        *key, value = row
        if value is None or Decimal(f"{Decimal(float(value)):.{digits}f}") == Decimal(value):
            continue
        where = ", ".join(f"{name} {part}" for name, part in zip(keys, key, strict=True))
        raise StoreError(
            f"{table}.{misfit.column} of {where} is {value}, and no DOUBLE has all of its digits. "
            "Nothing was changed. Round that value, then run the command again."
        )

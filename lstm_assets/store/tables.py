"""The tables, as they are in the database.

Tables are declared in `sql/` only; this module reflects them, once per engine.
"""

from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Double,
    Engine,
    MetaData,
    Table,
    TypeDecorator,
)
from sqlalchemy.exc import NoSuchTableError

from lstm_assets.errors import StoreError
from lstm_assets.store.engine import connect
from lstm_assets.store.lenient import lenient
from lstm_assets.store.refusals import INIT_DB, shown

_reflected: WeakKeyDictionary[Engine, MetaData] = WeakKeyDictionary()
_lock = Lock()


def table(bind: Engine | Connection, name: str) -> Table:
    """Return a table of the database.

    Args:
        bind: the engine, or, inside a transaction, its connection.
        name: such as "TB_TASKSTATUS".

    Raises:
        StoreError: the database has no such table yet.
    """
    with _lock:
        metadata = _reflected.setdefault(bind.engine, MetaData())
    if name in metadata.tables:
        return metadata.tables[name]
    if isinstance(bind, Connection):
        return _reflect(bind, metadata, name)
    with connect(bind) as conn:
        return _reflect(conn, metadata, name)


def forget(engine: Engine) -> None:
    """Forget the reflected tables, because they may have changed: the next use reads them again."""
    with _lock:
        _reflected.pop(engine, None)


def _reflect(conn: Connection, metadata: MetaData, name: str) -> Table:
    try:
        listeners = [("column_reflect", _exact)]
        reflected = Table(name, MetaData(), autoload_with=conn, listeners=listeners)
    except NoSuchTableError as error:
        where = shown(conn.engine.url)
        raise StoreError(f"table {name} is missing in {where}. {INIT_DB}") from error
    with _lock:  # reflected in other metadata first: no thread may see a table without columns
        return metadata.tables.get(name, None) or reflected.to_metadata(metadata)


def _exact(inspector: Any, _table: Any, column: Any) -> None:
    # MySQL's reflected DOUBLE returns Decimal, rounded to fewer digits than a float has.
    if column["type"].__visit_name__ in ("DOUBLE", "FLOAT", "REAL"):
        column["type"] = Double()
    # SQLite stores a double in such a column as it is, or as an integer if it is whole.
    elif column["type"].__visit_name__ in ("DECIMAL", "NUMERIC"):
        column["type"] = Double() if inspector.dialect.name == "sqlite" else _Real()
    if inspector.dialect.name == "sqlite":
        column["type"] = lenient(column["type"])


class _Real(TypeDecorator[float]):
    """A number that is read as a float, however it is stored."""

    impl = Double
    cache_ok = True

    def process_result_value(self, value: Any, dialect: Dialect) -> float | None:
        """Return what the driver read as a float."""
        return None if value is None else float(value)


def of_study(column: Column[str], study_code: str) -> ColumnElement[bool]:
    """Return the condition for rows of a study; USD does not match the codes of USDKRW or usd."""
    # No LIKE: on SQLite, it ignores case, and reads the whole table. A full stop follows the dash.
    return (column >= f"{study_code}-") & (column < f"{study_code}.")
